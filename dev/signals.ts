/** A request to stop this process: Ctrl-C, a signal, or the end of the launcher, which closes the IPC channel. */
export interface StopRequest {
  /** Aborts when a stop is requested. */
  signal: AbortSignal;
  requested: Promise<void>;
  /** The time of the request, in milliseconds since the epoch. */
  requestedAt(): number;
  /** The exit code for the signal: 128 plus its number. */
  exitCode(): number;
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

export function stopRequest(): StopRequest {
  const controller = new AbortController();
  let code = 0;
  let requestedAt = 0;
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      code ||= 128 + number;
      controller.abort();
    });
  }
  process.once('disconnect', () => controller.abort());
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => {
      requestedAt = Date.now();
      resolve();
    });
  });
  return { signal: controller.signal, requested, requestedAt: () => requestedAt, exitCode: () => code };
}
