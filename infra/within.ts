const PATIENCE_MS = 2_000;

/** What `ask` answers within two seconds, or as given; `null` where it fails or takes longer. */
export async function within<T>(
  ask: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<{ value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([ask().then((value) => ({ value })), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
