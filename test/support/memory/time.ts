import { asMillis, type Millis } from '../../../core/model/units.ts';

/** A clock that only `advance` moves. */
export class TestTime {
  #now: Millis;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = asMillis(now);
  }

  readonly now = (): Millis => this.#now;

  advance(milliseconds: number): void {
    this.#now = asMillis(this.#now + milliseconds);
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
