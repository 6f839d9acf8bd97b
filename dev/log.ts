/** Output for the terminal, and progress lines while an operation takes long. */
export type Log = (line: string) => void;

const FIRST_PROGRESS_MS = 3_000;
const PROGRESS_INTERVAL_MS = 5_000;

/** Logs the activity, and its duration every few seconds until it ends. */
export async function withProgress<T>(log: Log, activity: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  log(`${activity} …`);
  let timer = setTimeout(function report() {
    log(`${activity} … ${seconds()} s`);
    timer = setTimeout(report, PROGRESS_INTERVAL_MS);
  }, FIRST_PROGRESS_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
