/**
 * Has work begin at a pace that spares everything else on the event loop: one piece after the other, each when the event loop
 * has had as much time to spare as it was busy since the last one. What a piece costs later slows down the ones behind it
 * in the same way.
 */
import { type EventLoopUtilization, performance as loop } from 'node:perf_hooks';

/** Milliseconds between two looks, and so between two pieces at least. */
const LOOK_MS = 2;
/** The share of its time that the event loop may be busy. */
const MAX_BUSY = 0.5;

/** How busy the event loop is; since `from`, where that is given. */
type Utilization = (from?: EventLoopUtilization) => EventLoopUtilization;

/** Begins the next piece of work. Returns false if there is none. */
export type BeginNext = () => boolean;

export class Pace {
  readonly #maxWaitMs: () => number;
  readonly #beginNext: BeginNext;
  readonly #utilization: Utilization;
  #isLooking = false;
  /** When the last piece began. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #since: EventLoopUtilization;

  /** `maxWaitMs`: however busy the event loop is, the next piece begins so many milliseconds after the last one. */
  constructor(
    { maxWaitMs, beginNext }: { maxWaitMs: () => number; beginNext: BeginNext },
    utilization: Utilization = (from) => loop.eventLoopUtilization(from),
  ) {
    this.#maxWaitMs = maxWaitMs;
    this.#beginNext = beginNext;
    this.#utilization = utilization;
    this.#since = utilization();
  }

  /** To be called when there is work. It begins immediately if none did lately. */
  wake(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#look();
  }

  #look(): void {
    const waited = performance.now() - this.#lastAt;
    const isDue =
      waited >= this.#maxWaitMs() ||
      (waited >= LOOK_MS && this.#utilization(this.#since).utilization <= MAX_BUSY);
    let hasMore = true;
    try {
      if (isDue) hasMore = this.#next();
    } finally {
      this.#isLooking = hasMore;
      if (hasMore) setTimeout(() => this.#look(), LOOK_MS);
    }
  }

  /** Returns whether a piece began. What it does immediately counts as its own time. */
  #next(): boolean {
    const [at, since] = [performance.now(), this.#utilization()];
    if (!this.#beginNext()) return false;
    this.#lastAt = at;
    this.#since = since;
    return true;
  }
}
