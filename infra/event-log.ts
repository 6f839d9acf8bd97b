import type { DestinationStream } from 'pino';
import { keyOf } from '../core/keys.ts';
import type { StoredEvent } from '../core/model.ts';
import type { EventLog, RequestFacts } from '../core/ports/event-log.ts';
import { limits } from '../protocol/limits.ts';
import { createLogger, type Logger } from './log.ts';

/**
 * Records events at info as JSON lines of the logger `hubbub.tracking.events`. They are a record of their own and not
 * chatter of the gateway: every LOG_LEVEL but `silent` lets them through.
 */
export class PinoEventLog implements EventLog {
  readonly #log: Logger;

  /** `level`: the gateway's. `destination`: standard output where none is given. */
  constructor(level: string, destination?: DestinationStream) {
    this.#log = createLogger('tracking.events', level === 'silent' ? 'silent' : 'info', destination);
  }

  record(space: string, event: StoredEvent, request: RequestFacts): void {
    const { id, name, user, note, related } = event;
    const fields = {
      space,
      id,
      // `name` is the logger's own.
      event: name,
      user,
      related,
      note,
      timestamp: new Date(event.timestamp).toISOString(),
      request: {
        method: request.method,
        path: request.path.slice(0, limits.requestPath),
        address: request.address?.replace(/^::ffff:(?=\d+\.)/, '') ?? null,
        agent: request.agent?.slice(0, limits.requestAgent) ?? null,
      },
    };
    const forUser = user === null ? '' : ` for ${user}`;
    const about = related ? ` about ${keyOf(related)}` : '';
    this.#log.info(fields, `${name}${forUser}${about} @ ${fields.request.path}`);
  }
}
