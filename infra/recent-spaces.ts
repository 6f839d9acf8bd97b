/** Remembers the last two spaces that had work, which is enough to know whether a space is the only active one. */

/** A space that had work this recently counts as active: more may arrive any moment. */
const RECENT_MS = 1_000;

const NO_ACTIVITY = { space: '', at: Number.NEGATIVE_INFINITY };

export class RecentSpaces {
  /** The last work, and the last work of any other space. */
  #last = NO_ACTIVITY;
  #lastOfOther = NO_ACTIVITY;

  record(space: string): void {
    if (this.#last.space !== space) this.#lastOfOther = this.#last;
    this.#last = { space, at: performance.now() };
  }

  /** Returns true if a space had work recently. */
  get hasAny(): boolean {
    return performance.now() - this.#last.at < RECENT_MS;
  }

  /** Returns true if another space had work recently. */
  hasOther(space: string): boolean {
    const last = this.#last.space === space ? this.#lastOfOther : this.#last;
    return performance.now() - last.at < RECENT_MS;
  }
}
