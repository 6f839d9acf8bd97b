const DEADLINE_MS = 30_000;

/**
 * Polls `check` until its result is not `false`, `null` or `undefined`, and returns the result. An error of `check` counts
 * as not yet. Throws with the last error or result after the deadline.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  description = 'the condition',
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await check();
      if (result !== false && result !== null && result !== undefined) {
        return result as Exclude<T, false | null | undefined>;
      }
      last = result;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(
        `timed out after ${deadlineMs} ms waiting for: ${description}; last result: ${String(last)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
