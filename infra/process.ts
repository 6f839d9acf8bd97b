import { ConfigError } from '../config/config.ts';
import { errorLine } from './error-record.ts';
import { type FaultLog, isolateHandlerFaults } from './fault-isolation.ts';

/** How long a process may take to close before it exits anyway. */
const GRACE_MS = 10_000;

interface RunningProcess {
  readonly log: FaultLog;
  close(): Promise<void>;
}

/** Prints one line and exits. For a wrong setting that only the server it names could detect. */
export function exitWithConfigError(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * Runs a process until SIGINT or SIGTERM, which let it finish running work. A wrong setting prints one line and ends the process.
 */
export async function runProcess(start: () => Promise<RunningProcess>): Promise<void> {
  let running: RunningProcess | undefined;
  isolateHandlerFaults(() => running?.log ?? null);
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : errorLine(error)}\n`);
    process.exit(1);
  }
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${errorLine(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
