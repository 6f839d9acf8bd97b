import type { DestinationStream } from 'pino';
import type { StoredEvent } from '../core/model/entities.ts';
import { keyOf } from '../core/model/keys.ts';
import type { EventLog, RequestFacts } from '../core/ports/events.ts';
import { limits } from '../protocol/limits.ts';
import { createLogger, type Logger } from './log.ts';

/**
 * Writes events as JSON lines of level info under the logger name `hubbub.tracking.events`. They are an audit record rather than
 * diagnostics, so every LOG_LEVEL except `silent` includes them.
 */
export class PinoEventLog implements EventLog {
  readonly #log: Logger;

  /** `level`: the gateway's log level. `destination` defaults to standard output. */
  constructor(level: string, destination?: DestinationStream) {
    this.#log = createLogger('tracking.events', level === 'silent' ? 'silent' : 'info', destination);
  }

  record(space: string, event: StoredEvent, request: RequestFacts): void {
    const { id, name, user, note, related } = event;
    const fields = {
      space,
      id,
      // `name` is the logger's name.
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
    const aboutObject = related ? ` about ${keyOf(related)}` : '';
    this.#log.info(fields, `${name}${forUser}${aboutObject} @ ${fields.request.path}`);
  }
}
