import { type DestinationStream, type Logger, pino } from 'pino';
import type { HandlerFault } from '../core/handlers.ts';

export type { Logger };

/** JSON lines, on standard output where nothing else is said; `name` is the process: gateway, worker. */
export const createLogger = (name: string, level: string, destination?: DestinationStream): Logger =>
  pino({ name: `hubbub.${name}`, level }, destination);

/** Logs what the application's handlers did wrong, with the verb and the action. */
export const logFaults =
  (log: Logger): HandlerFault =>
  ({ error, ...about }) =>
    log.error({ ...about, err: error }, 'a handler failed');
