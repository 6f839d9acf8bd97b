/** Reads what a request says, besides its token. */
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { z } from 'zod';
import { isService, type Principal } from '../../core/access/principal.ts';
import { forbidden, HubError } from '../../core/errors.ts';
import type { RequestFacts } from '../../core/ports/events.ts';
import { locale } from '../../protocol/schemas/calls.ts';
import { requestFacts } from '../../protocol/schemas/events.ts';
import { parseOrThrow } from '../error-mapping.ts';

const flags: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Passes other values through, so that the schema rejects them. */
const asFlag = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(flags, value) ? flags[value] : value;
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;

/** A map and not an object: parameters may have the names of inherited properties. */
const converters = new Map<string, (value: unknown) => unknown>([
  ['limit', asNumber],
  ['level', asNumber],
  ['unread', asFlag],
  ['includeOwn', asFlag],
  ['wait', asFlag],
]);

/** Converts flags and numbers, which a URL contains as text, so that HTTP and sockets share one schema. */
export function readQuery(request: Request): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request.query).map(([name, value]) => [name, converters.get(name)?.(value) ?? value]),
  );
}

const waitQuery = z.strictObject({ wait: z.boolean('must be 1 or 0').default(false) });

/** @throws HubError invalid_input */
export const readWait = (request: Request): boolean => parseOrThrow(waitQuery, readQuery(request)).wait;

/** Returns the required body. @throws HubError invalid_input */
export function readBody(request: Request): unknown {
  if (request.body === undefined) throw new HubError('invalid_input', 'a JSON body is required');
  return request.body;
}

/** Returns the bytes of a request's body as sent, compressed or not; `null` if the transfer is chunked. */
export function sentLengthOf({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  return Number(headers['content-length'] ?? 0);
}

/** Returns the bytes of a request's body; `null` if unknown before it is read, because it is chunked or compressed. */
export function lengthOf(request: IncomingMessage): number | null {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const length = sentLengthOf(request);
  return length === 0 || encoding === 'identity' ? length : null;
}

/** Limits on `Accept-Language`. Browsers send a handful of languages. */
const MAX_LANGUAGES_LENGTH = 1_000;
const MAX_LANGUAGES = 20;

/** Returns the language that the client prefers, in canonical form. Skips those that a call could not name as its `locale`. */
export function requestLocale(request: Request): string | undefined {
  const { length } = request.get('Accept-Language') ?? '';
  if (length > MAX_LANGUAGES_LENGTH) return undefined;
  const languages = request.acceptsLanguages().slice(0, MAX_LANGUAGES);
  const preferred = languages.find((tag) => locale.safeParse(tag).success);
  return preferred && Intl.getCanonicalLocales(preferred)[0];
}

/** A backend describes the request of its own client in this header, as JSON in base64url. */
const REQUEST_HEADER = 'Hubbub-Request';

/** Describes the request, for the event log. @throws HubError forbidden, invalid_input */
export function readFacts(request: Request, principal: Principal): RequestFacts {
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
