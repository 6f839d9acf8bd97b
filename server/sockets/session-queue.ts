/**
 * Sessions that wait to start (decision 44). Each start takes as many of them as cost the event loop `SLICE_MS`, by the cost of
 * those before. If calls and pushes take time too, they count as cost, and fewer sessions start.
 */
import { Pacer } from '../limits/pacer.ts';

/** Longest interval between two starts, however busy the event loop is. */
const MAX_DELAY_MS = 10;
/** How long a start may keep calls and pushes waiting. */
const SLICE_MS = 2;
const MAX_BATCH_SIZE = 10;

/** Starts a session. Returns false if its client has disconnected. */
type StartSession = () => boolean;

export class SessionQueue {
  readonly #pending: StartSession[] = [];
  readonly #pacer: Pacer;
  #lastBatchSize = 1;

  /** `leavesTime` returns false while there are no calls and no pushes. */
  constructor(leavesTime: () => boolean) {
    const startNext = (busyMs: number) => this.#startBatch(busyMs);
    this.#pacer = new Pacer({ maxWaitMs: () => MAX_DELAY_MS, startNext, leavesTime });
  }

  add(start: StartSession): void {
    this.#pending.push(start);
    this.#pacer.notify();
  }

  #startBatch(busyMs: number): boolean {
    const costMs = Math.max(busyMs / this.#lastBatchSize, SLICE_MS / MAX_BATCH_SIZE);
    const size = Math.max(1, Math.floor(SLICE_MS / costMs));
    let started = 0;
    while (started < size && this.#pending.length > 0) if (this.#pending.shift()?.()) started += 1;
    if (started > 0) this.#lastBatchSize = started;
    return started > 0;
  }
}
