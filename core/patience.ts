import { setImmediate } from 'node:timers/promises';

/** Milliseconds without a turn for others. Locks of jobs are renewed and probes answered by timers. */
const MOST_AT_ONCE = 50;

/** What a drain gave handlers of its time so far, and its turns: whoever works long lets timers and sockets have theirs. */
export class Patience {
  readonly #given = new Map<string, number>();
  #since = performance.now();

  /** Milliseconds given to this so far. */
  givenTo(what: string): number {
    return this.#given.get(what) ?? 0;
  }

  /** Answers how much it is with these milliseconds. */
  give(what: string, ms: number): number {
    const all = this.givenTo(what) + ms;
    this.#given.set(what, all);
    return all;
  }

  /** To be called wherever it may stop for a moment; does so now and then. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#since < MOST_AT_ONCE) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
