/** Calls `work`, and again `intervalMs` after each call ended, until the returned function is called. */
export function runPeriodically(
  intervalMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const run = async () => {
    await work().catch(onError);
    if (!isStopped) timer = setTimeout(run, intervalMs);
  };
  timer = setTimeout(run, 0);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
