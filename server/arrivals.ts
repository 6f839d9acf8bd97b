/**
 * Clients that come back by the hundred, when a network or another gateway fails, must not slow down those that are connected.
 * So new sessions come in one after the other, each when the event loop has had as much time to spare as it was busy since
 * the last one. What a session costs later, its token and its first calls, slows down the ones behind it in the same way.
 */
import { type EventLoopUtilization, performance as loop } from 'node:perf_hooks';

/** Milliseconds between two looks, and so between two sessions at least. */
const LOOK_MS = 2;
/** However busy the event loop is, a session comes in after so many milliseconds. */
const MAX_WAIT_MS = 10;
/** The share of its time that the event loop may be busy. */
const MAX_BUSY = 0.5;

/** How busy the event loop is; since `from`, where that is given. */
type Utilization = (from?: EventLoopUtilization) => EventLoopUtilization;

export class Arrivals {
  readonly #utilization: Utilization;
  readonly #line: Array<() => void> = [];
  #isLooking = false;
  /** When the last one came in. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #since: EventLoopUtilization;

  constructor(utilization: Utilization = (from) => loop.eventLoopUtilization(from)) {
    this.#utilization = utilization;
    this.#since = utilization();
  }

  /** Calls back when it is the session's turn: at once, where none came lately. */
  enter(come: () => void): void {
    this.#line.push(come);
    if (!this.#isLooking) this.#look();
  }

  #look(): void {
    const waited = performance.now() - this.#lastAt;
    const isDue =
      waited >= MAX_WAIT_MS || (waited >= LOOK_MS && this.#utilization(this.#since).utilization <= MAX_BUSY);
    if (isDue) this.#next();
    this.#isLooking = this.#line.length > 0;
    if (this.#isLooking) setTimeout(() => this.#look(), LOOK_MS);
  }

  #next(): void {
    this.#lastAt = performance.now();
    this.#since = this.#utilization();
    this.#line.shift()?.();
  }
}
