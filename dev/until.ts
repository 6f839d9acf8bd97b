const DEADLINE_MS = 30_000;

/**
 * Asks again and again until the answer is neither `false`, `null` nor `undefined`, and returns it; errors count as
 * not yet. Fails with the last error or answer after the deadline.
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  what = 'the condition',
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come about in ${deadlineMs} ms: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
