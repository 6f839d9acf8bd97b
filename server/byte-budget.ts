/** A shared limit of bytes, e.g. of incomplete requests. Tracks how many bytes each holder uses. */
export class ByteBudget<T> {
  readonly #max: number;
  readonly #evict: (holder: T) => void;
  /** In the order in which the holders started to use bytes. */
  readonly #bytesByHolder = new Map<T, number>();
  #total = 0;

  /** `evict` frees the bytes of a holder by closing its connection. */
  constructor(maxBytes: number, evict: (holder: T) => void) {
    this.#max = maxBytes;
    this.#evict = evict;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * Sets the bytes of a holder; 0 removes it. If the total exceeds the limit, the oldest holders are evicted: a normal peer is
   * done quickly, so the oldest is probably stalled.
   */
  set(holder: T, bytes: number): void {
    this.#total += bytes - (this.#bytesByHolder.get(holder) ?? 0);
    if (bytes === 0) this.#bytesByHolder.delete(holder);
    else this.#bytesByHolder.set(holder, bytes);
    while (this.#total > this.#max) {
      const [oldest] = this.#bytesByHolder.keys();
      if (oldest === undefined) return;
      this.set(oldest, 0);
      this.#evict(oldest);
    }
  }
}
