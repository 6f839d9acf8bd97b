/** Describes a request, for the event log. */
import type { Request } from 'express';
import { isService, type Principal } from '../../core/access/principal.ts';
import { forbidden } from '../../core/errors.ts';
import type { RequestFacts } from '../../core/ports/event-log.ts';
import { requestFacts } from '../../protocol/schemas/events.ts';
import { parseOrThrow } from '../error-mapping.ts';

/** A backend describes the request of its own client in this header, as JSON in base64url. */
const REQUEST_HEADER = 'Hubbub-Request';

/** @throws HubError forbidden, invalid_input */
export function requestFactsOf(request: Request, principal: Principal): RequestFacts {
  const header = request.get(REQUEST_HEADER);
  if (header === undefined) {
    return {
      method: request.method,
      path: request.originalUrl.split('?', 1)[0] ?? '',
      address: request.ip ?? null,
      agent: request.get('User-Agent') ?? null,
    };
  }
  if (!isService(principal))
    throw forbidden('only the service scope may describe the request of another client', REQUEST_HEADER);
  return parseOrThrow(requestFacts, decodeHeader(header), REQUEST_HEADER);
}

/** Returns `undefined`, which no schema accepts, if the header is malformed. */
function decodeHeader(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
