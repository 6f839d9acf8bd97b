/** Being asked to stop: Ctrl-C, a signal, or the end of the launcher that holds our channel. */
export interface StopRequest {
  /** Aborted when asked to stop. */
  signal: AbortSignal;
  asked: Promise<void>;
  /** When that was, in milliseconds since the epoch. */
  askedAt(): number;
  /** The exit code that tells how: 128 and the signal's number. */
  exitCode(): number;
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

export function stopRequest(): StopRequest {
  const controller = new AbortController();
  let code = 0;
  let askedAt = 0;
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      code ||= 128 + number;
      controller.abort();
    });
  }
  process.once('disconnect', () => controller.abort());
  const asked = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => {
      askedAt = Date.now();
      resolve();
    });
  });
  return { signal: controller.signal, asked, askedAt: () => askedAt, exitCode: () => code };
}
