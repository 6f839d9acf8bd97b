/** Who holds how many bytes of something that is bounded as a whole, e.g. of requests that are not complete. */
export class Holders<T> {
  readonly #max: number;
  readonly #end: (holder: T) => void;
  /** In the order in which they began to hold something. */
  readonly #held = new Map<T, number>();
  #total = 0;

  /** `end` makes a holder give back what it holds, by closing its connection. */
  constructor(maxBytes: number, end: (holder: T) => void) {
    this.#max = maxBytes;
    this.#end = end;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * Sets what a holder holds; 0 where it holds nothing any more. Where all together hold too much, those end that have held
   * something for longest: an honest peer is done in moments, and one that stalls is the oldest.
   */
  set(holder: T, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    while (this.#total > this.#max) {
      const [oldest] = this.#held.keys();
      if (oldest === undefined) return;
      this.set(oldest, 0);
      this.#end(oldest);
    }
  }
}
