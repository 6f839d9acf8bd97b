/**
 * Shares the event loop among calls with large answers. Each of them takes milliseconds in a row; many that are ready at the
 * same moment would let probes, timers and small calls wait for all of them.
 */

/** Milliseconds of one turn that large answers may take together; the rest of them goes on in later turns. */
const MAX_MS = 10;

/** When work of this turn of the event loop began; there is one event loop. */
let began: number | null = null;

/** To be awaited between pieces of work: resolves in a later turn where this one has taken long, and at once otherwise. */
export async function breathe(): Promise<void> {
  const now = performance.now();
  if (began === null) {
    began = now;
    setImmediate(() => {
      began = null;
    });
  } else if (now - began >= MAX_MS) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
