import { type DestinationStream, type Logger, pino } from 'pino';
import type { HandlerFault } from '../core/handlers.ts';
import { errorRecord } from './error-record.ts';

export type { Logger };

/** Of a line that says nothing but an error: pino would say the error's own message, with whatever it quotes. */
const UNSAID = 'an error was thrown';

/**
 * JSON lines, on standard output where nothing else is said; `name` is the process: gateway, worker. Errors are logged as
 * `errorRecord` says, whoever logs them.
 */
export const createLogger = (name: string, level: string, destination?: DestinationStream): Logger =>
  pino(
    {
      name: `hubbub.${name}`,
      level,
      serializers: { err: errorRecord },
      hooks: {
        logMethod([about, ...said], method) {
          const fields: unknown = about instanceof Error ? { err: about } : about;
          if (typeof fields !== 'object' || said.length > 0) return method.call(this, about, ...said);
          method.call(this, fields, UNSAID);
        },
      },
    },
    destination,
  );

/** Logs what the application's handlers did wrong, with the verb and the action. */
export const logFaults =
  (log: Logger): HandlerFault =>
  ({ error, ...about }) =>
    log.error({ ...about, err: error }, 'a handler failed');
