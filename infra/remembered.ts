/** What this process did lately, so that it can be done again when Redis forgot it. Bounded by number and by age. */
export class Remembered<T> {
  readonly #entries = new Map<string, { value: T; at: number }>();
  readonly #most: number;
  readonly #ageMs: number;
  readonly #now: () => number;

  constructor(most: number, ageMs: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#ageMs = ageMs;
    this.#now = now;
  }

  add(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: this.#now() });
    // The oldest come first.
    for (const [oldest, { at }] of this.#entries) {
      if (this.#entries.size <= this.#most && this.#now() - at <= this.#ageMs) break;
      this.#entries.delete(oldest);
    }
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  /** The oldest first. */
  all(): T[] {
    return [...this.#entries.values()]
      .filter(({ at }) => this.#now() - at <= this.#ageMs)
      .map(({ value }) => value);
  }
}
