/** Lines for the person at the terminal, and signs of life while something takes long. */
export type Log = (line: string) => void;

const FIRST_SIGN_MS = 3_000;
const NEXT_SIGNS_MS = 5_000;

/** Says what is being done and, while it lasts, every few seconds for how long; the same with and without a terminal. */
export async function withProgress<T>(log: Log, doing: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  log(`${doing} …`);
  let timer = setTimeout(function sign() {
    log(`${doing} … ${seconds()} s`);
    timer = setTimeout(sign, NEXT_SIGNS_MS);
  }, FIRST_SIGN_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
