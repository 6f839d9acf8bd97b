/**
 * Spaces that are current go first. A worker handles jobs of all spaces on one event loop and beside one database. While current
 * spaces have work, what it does for spaces that are behind comes in small batches, one at a time, and each of them waits for
 * the current jobs under way; but not for long, as there may always be some.
 */

const MAX_PAUSE_MS = 100;
/** Current spaces have work when a job of one ended so lately. */
const LATELY_MS = 1_000;

export class Precedence {
  #underWay = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Set<() => void>();
  /** The last batch of a space that is behind. */
  #turn: Promise<unknown> = Promise.resolve();

  /** A job of a current space. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#lastEnd = performance.now();
      if (this.#underWay === 0) for (const resume of [...this.#waiting]) resume();
    }
  }

  /** A batch of a space that is behind. `isBeside`: current spaces have work, so it should be small. */
  behind<T>(work: (isBeside: boolean) => Promise<T>): Promise<T> {
    if (!this.#isBusy) return work(false);
    const turn = this.#turn.then(async () => {
      await this.#quiet();
      return await work(true);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  get #isBusy(): boolean {
    return this.#underWay > 0 || performance.now() - this.#lastEnd < LATELY_MS;
  }

  #quiet(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        resolve();
      };
      const timer = setTimeout(resume, MAX_PAUSE_MS);
      this.#waiting.add(resume);
    });
  }
}
