/** Recent operations of this process, to replay after Redis lost its data. Bounded by number and age. */
export class ReplayBuffer<T> {
  readonly #entries = new Map<string, { value: T; at: number }>();
  readonly #maxEntries: number;
  readonly #maxAgeMs: number;
  readonly #now: () => number;

  constructor(maxEntries: number, maxAgeMs: number, now: () => number = () => performance.now()) {
    this.#maxEntries = maxEntries;
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  add(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: this.#now() });
    // A Map iterates in insertion order, so the oldest entry comes first.
    for (const [oldest, { at }] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && this.#now() - at <= this.#maxAgeMs) break;
      this.#entries.delete(oldest);
    }
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  /** Returns the values, oldest first. */
  all(): T[] {
    return [...this.#entries.values()]
      .filter(({ at }) => this.#now() - at <= this.#maxAgeMs)
      .map(({ value }) => value);
  }
}
