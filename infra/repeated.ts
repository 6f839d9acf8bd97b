/** Calls `work` every `everyMs` after it ended, until the returned function is called. What it throws goes to `onError`. */
export function repeated(
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout;
  let ended = false;
  const next = async () => {
    await work().catch(onError);
    if (!ended) timer = setTimeout(next, everyMs);
  };
  timer = setTimeout(next, 0);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
