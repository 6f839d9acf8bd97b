import { ConfigError } from './config.ts';
import { containFaults, type FaultLog } from './containment.ts';
import { errorLine } from './error-record.ts';

/** Longer than this is not waited for what a process has under way. */
const GRACE_MS = 10_000;

export interface Running {
  readonly log: FaultLog;
  close(): Promise<void>;
}

/** Ends the process with one line: a setting is wrong, which only what it names could tell. */
export function endBySetting(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * Runs a process until it is told to stop. A wrong setting ends it with one line; SIGINT and SIGTERM let it
 * finish what it is doing.
 */
export async function runProcess(begin: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  containFaults(() => running?.log ?? null);
  try {
    running = await begin();
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
