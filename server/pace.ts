/**
 * Has work begin at a pace that spares everything else on the event loop: one piece after the other, each when the event loop
 * has had as much time to spare as it was busy since the last one. What a piece costs later slows down the ones behind it
 * in the same way. Lines take turns, so that a long one does not keep a short one waiting.
 */
import { type EventLoopUtilization, performance as loop } from 'node:perf_hooks';

/** Milliseconds between two looks, and so between two pieces at least. */
const LOOK_MS = 2;
/** The share of its time that the event loop may be busy. */
const MAX_BUSY = 0.5;

/** How busy the event loop is; since `from`, where that is given. */
type Utilization = (from?: EventLoopUtilization) => EventLoopUtilization;

/** Begins a piece of work. Returns false if nobody wants it any more: then the next piece has the turn. */
export type Begin = () => boolean;

export class Pace {
  readonly #maxWaitMs: number;
  readonly #utilization: Utilization;
  /** By name, the one whose turn it is first. */
  readonly #lines = new Map<string, Begin[]>();
  #isLooking = false;
  /** When the last piece began. */
  #lastAt = Number.NEGATIVE_INFINITY;
  #since: EventLoopUtilization;

  /** `maxWaitMs`: however busy the event loop is, a piece begins after so many milliseconds. */
  constructor(maxWaitMs: number, utilization: Utilization = (from) => loop.eventLoopUtilization(from)) {
    this.#maxWaitMs = maxWaitMs;
    this.#utilization = utilization;
    this.#since = utilization();
  }

  /** Pieces of a line that have not begun. */
  waiting(line: string): number {
    return this.#lines.get(line)?.length ?? 0;
  }

  /** Calls back when it is the piece's turn: immediately if none began lately. */
  enter(line: string, begin: Begin): void {
    const waiting = this.#lines.get(line) ?? [];
    this.#lines.set(line, waiting);
    waiting.push(begin);
    if (!this.#isLooking) this.#look();
  }

  #look(): void {
    const waited = performance.now() - this.#lastAt;
    const isDue =
      waited >= this.#maxWaitMs ||
      (waited >= LOOK_MS && this.#utilization(this.#since).utilization <= MAX_BUSY);
    if (isDue) this.#next();
    this.#isLooking = this.#lines.size > 0;
    if (this.#isLooking) setTimeout(() => this.#look(), LOOK_MS);
  }

  #next(): void {
    this.#lastAt = performance.now();
    this.#since = this.#utilization();
    while (this.#lines.size > 0) if (this.#take()?.() === true) return;
  }

  #take(): Begin | undefined {
    const [next] = this.#lines;
    if (!next) return undefined;
    const [name, waiting] = next;
    const begin = waiting.shift();
    this.#lines.delete(name);
    // Behind the others.
    if (waiting.length > 0) this.#lines.set(name, waiting);
    return begin;
  }
}
