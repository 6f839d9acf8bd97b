import { errorRecord } from '../infra/error-record.ts';

/** An error that the user has to fix. Only its message is shown, without a stack. */
export class Failure extends Error {}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Last error handler of a main file: prints a failure as one line, and any other error with its stack. */
export function reportAndExit(error: unknown): never {
  const { message, stack = message } = errorRecord(error);
  process.stderr.write(error instanceof Failure ? `${error.message}\n` : `${stack}\n`);
  process.exit(1);
}
