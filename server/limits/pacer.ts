/**
 * Paces the start of tasks so that half of the event loop stays free: the next task starts when the event loop has been idle
 * at least as long as busy since the last start. Asynchronous costs of a task count too, and delay the next one. Tasks that
 * nobody else waits behind may take all of the event loop.
 */
import { type EventLoopUtilization, performance as loop } from 'node:perf_hooks';

/** Milliseconds between two polls, and so the minimum between two tasks. */
const POLL_INTERVAL_MS = 2;
/** Maximum share of time that the event loop may be busy. */
const MAX_BUSY = 0.5;

/** Returns the utilization of the event loop, since `from` if given. */
type Utilization = (from?: EventLoopUtilization) => EventLoopUtilization;

/** Starts the next task. `busyMs`: how long the event loop was busy since the last start. Returns false if there is none. */
export type StartNext = (busyMs: number) => boolean;

interface PacerOptions {
  /** Returns the longest time between two tasks, however busy the event loop is. */
  maxWaitMs: () => number;
  startNext: StartNext;
  /** Returns false while there is nothing else to do. Default: true. */
  leavesTime?: () => boolean;
}

export class Pacer {
  readonly #maxWaitMs: () => number;
  readonly #startNext: StartNext;
  readonly #leavesTime: () => boolean;
  readonly #utilization: Utilization;
  #isPolling = false;
  #lastStartedAt = Number.NEGATIVE_INFINITY;
  #lastUtilization: EventLoopUtilization;

  constructor(
    { maxWaitMs, startNext, leavesTime = () => true }: PacerOptions,
    utilization: Utilization = (from) => loop.eventLoopUtilization(from),
  ) {
    this.#maxWaitMs = maxWaitMs;
    this.#startNext = startNext;
    this.#leavesTime = leavesTime;
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
    const { active, utilization } = this.#utilization(this.#lastUtilization);
    const leavesTime = this.#leavesTime();
    const isDue =
      !leavesTime || waited >= this.#maxWaitMs() || (waited >= POLL_INTERVAL_MS && utilization <= MAX_BUSY);
    let hasMore = true;
    try {
      if (isDue) hasMore = this.#tryStartNext(active);
    } finally {
      this.#isPolling = hasMore;
      const poll = () => this.#poll();
      if (hasMore && leavesTime) setTimeout(poll, POLL_INTERVAL_MS);
      else if (hasMore) setImmediate(poll);
    }
  }

  /** Returns true if a task started. Measures before the start, so that its synchronous work counts as well. */
  #tryStartNext(busyMs: number): boolean {
    const [at, current] = [performance.now(), this.#utilization()];
    if (!this.#startNext(busyMs)) return false;
    this.#lastStartedAt = at;
    this.#lastUtilization = current;
    return true;
  }
}
