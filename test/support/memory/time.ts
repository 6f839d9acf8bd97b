/** A clock that only `advance` moves, in milliseconds since 1970. */
export class TestTime {
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** Ids that sort in the order of creation, like the hub's. */
export function sequentialIds(prefix = ''): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${String(count).padStart(6, '0')}`;
  };
}
