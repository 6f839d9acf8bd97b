import { errorRecord } from '../infra/error-record.ts';

/** Something a person has to put right. Its message is the one line they see; there is no stack to show. */
export class Failure extends Error {}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For the last catch of a main file: a failure is one line, anything else is a defect and shows its stack. */
export function reportAndExit(error: unknown): never {
  const { message, stack = message } = errorRecord(error);
  process.stderr.write(error instanceof Failure ? `${error.message}\n` : `${stack}\n`);
  process.exit(1);
}
