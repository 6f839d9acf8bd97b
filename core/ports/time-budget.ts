import { setImmediate } from 'node:timers/promises';

/** Maximum milliseconds without a yield to the event loop. Timers renew job locks and answer probes. */
const MAX_BLOCKING_MS = 50;

/** Tracks the time that a batch spends in handlers, and yields to the event loop every 50 ms. */
export class TimeBudget {
  readonly #spent = new Map<string, number>();
  #lastYield = performance.now();

  /** Returns the milliseconds charged to this key so far. */
  spentOn(key: string): number {
    return this.#spent.get(key) ?? 0;
  }

  /** Charges milliseconds to this key. Returns the new total. */
  charge(key: string, ms: number): number {
    const total = this.spentOn(key) + ms;
    this.#spent.set(key, total);
    return total;
  }

  /** Call it often. Yields only if the last yield was long enough ago. */
  async yieldToEventLoop(): Promise<void> {
    if (performance.now() - this.#lastYield < MAX_BLOCKING_MS) return;
    await setImmediate();
    this.#lastYield = performance.now();
  }
}
