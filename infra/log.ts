import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard output; `name` is the process: gateway, worker. */
export const createLogger = (name: string, level: string): Logger => pino({ name: `hubbub.${name}`, level });
