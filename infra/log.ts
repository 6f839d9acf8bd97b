import { type DestinationStream, type Logger, pino } from 'pino';
import type { OnHandlerFault } from '../core/handlers/handlers.ts';
import { errorRecord } from './error-record.ts';

export type { Logger };

/** Message of a line that has only an error. pino would use the error's message, which may quote data. */
const DEFAULT_MESSAGE = 'error';

/** Logs JSON lines, by default to standard output. `name`: the process, gateway or worker. `errorRecord` serializes errors. */
export const createLogger = (name: string, level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      name: `hubbub.${name}`,
      level,
      serializers: { err: errorRecord },
      hooks: {
        logMethod([first, ...rest], method) {
          const fields: unknown = first instanceof Error ? { err: first } : first;
          if (typeof fields !== 'object' || rest.length > 0) return method.call(this, first, ...rest);
          method.call(this, fields, DEFAULT_MESSAGE);
        },
      },
    },
    destination,
  );

/** Logs faults of the application's handlers, with verb and action. */
export const createFaultLogger =
  (log: Logger): OnHandlerFault =>
  ({ error, ...call }) =>
    log.error({ ...call, err: error }, 'handler failed');

/** For `loadConfig`, which runs before the process has a logger. */
export const configFaultLogger = (level: string): OnHandlerFault =>
  createFaultLogger(createLogger('configuration', level));
