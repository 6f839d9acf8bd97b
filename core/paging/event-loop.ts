/**
 * Shares the event loop among calls with large responses. Each takes several milliseconds, and many at once
 * would delay probes, timers and small calls.
 */

/** Milliseconds that large responses may use in one turn of the event loop. The others wait. */
const MAX_TURN_MS = 10;

/** The time of the first call in this turn of the event loop; `null` if there was none. */
let turnStart: number | null = null;

/** Await it between steps. Resolves immediately, or in a later turn if this one has taken too long. */
export async function yieldToEventLoop(): Promise<void> {
  const now = performance.now();
  if (turnStart === null) {
    turnStart = now;
    setImmediate(() => {
      turnStart = null;
    });
  } else if (now - turnStart >= MAX_TURN_MS) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
