/**
 * Paces the start of tasks so that half of the event loop stays free: the next task starts when the event loop has been idle
 * at least as long as busy since the last start. Asynchronous costs of a task count too, and delay the next one.
 */
import { type EventLoopUtilization, performance as loop } from 'node:perf_hooks';

/** Milliseconds between two polls, and so the minimum between two tasks. */
const POLL_INTERVAL_MS = 2;
/** Maximum share of time that the event loop may be busy. */
const MAX_BUSY = 0.5;

/** Returns the utilization of the event loop, since `from` if given. */
type Utilization = (from?: EventLoopUtilization) => EventLoopUtilization;

/** Starts the next task. Returns false if there is none. */
export type StartNext = () => boolean;

export class Pacer {
  readonly #maxWaitMs: () => number;
  readonly #startNext: StartNext;
  readonly #utilization: Utilization;
  #isPolling = false;
  #lastStartedAt = Number.NEGATIVE_INFINITY;
  #lastUtilization: EventLoopUtilization;

  /** `maxWaitMs`: the longest time between two tasks, however busy the event loop is. */
  constructor(
    { maxWaitMs, startNext }: { maxWaitMs: () => number; startNext: StartNext },
    utilization: Utilization = (from) => loop.eventLoopUtilization(from),
  ) {
    this.#maxWaitMs = maxWaitMs;
    this.#startNext = startNext;
    this.#utilization = utilization;
    this.#lastUtilization = utilization();
  }

  /** Call this when there is a new task. It starts at once if no task started recently. */
  notify(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#poll();
  }

  #poll(): void {
    const waited = performance.now() - this.#lastStartedAt;
    const isDue =
      waited >= this.#maxWaitMs() ||
      (waited >= POLL_INTERVAL_MS && this.#utilization(this.#lastUtilization).utilization <= MAX_BUSY);
    let hasMore = true;
    try {
      if (isDue) hasMore = this.#tryStartNext();
    } finally {
      this.#isPolling = hasMore;
      if (hasMore) setTimeout(() => this.#poll(), POLL_INTERVAL_MS);
    }
  }

  /** Returns true if a task started. Measures before the start, so that its synchronous work counts as well. */
  #tryStartNext(): boolean {
    const [at, current] = [performance.now(), this.#utilization()];
    if (!this.#startNext()) return false;
    this.#lastStartedAt = at;
    this.#lastUtilization = current;
    return true;
  }
}
