const TIMEOUT_MS = 2_000;

/** Returns the result of `operation`; `null` if it fails or takes longer than `timeoutMs`. Does not cancel it. */
export async function withTimeout<T>(
  operation: () => Promise<T>,
  timeoutMs = TIMEOUT_MS,
): Promise<{ value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), timeoutMs);
  });
  try {
    return await Promise.race([operation().then((value) => ({ value })), timeout]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
