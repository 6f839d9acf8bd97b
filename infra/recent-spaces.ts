/** Which spaces had work a moment ago, as far as it takes to know whether a space is alone. */

/** A space that had work so lately still has some: the next of it may come any moment. */
const LATELY_MS = 1_000;

interface Work {
  space: string;
  at: number;
}

const none: Work = { space: '', at: Number.NEGATIVE_INFINITY };

export class RecentSpaces {
  /** The last work, and the last one of any other space. */
  #last = none;
  #lastOfOther = none;

  note(space: string): void {
    if (this.#last.space !== space) this.#lastOfOther = this.#last;
    this.#last = { space, at: performance.now() };
  }

  /** Whether a space other than this one had work lately. */
  hasOther(space: string): boolean {
    const last = this.#last.space === space ? this.#lastOfOther : this.#last;
    return performance.now() - last.at < LATELY_MS;
  }
}
