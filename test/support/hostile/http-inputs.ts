/** Invalid requests: mutations of the valid ones of the access matrix, or arbitrary ones. */
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { allCalls } from '../../../server/operations/operations.ts';
import type { Subject } from '../access/access.ts';
import { type HttpRequest, httpSamples } from '../access/http-samples.ts';
import { mutated } from './mutations.ts';
import { hostileBytes, hostileName, hostileText } from './values.ts';

export interface HttpInput {
  method: string;
  /** Includes the query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
  /** The invalid field of the body, if there is exactly one. */
  field: string | null;
}

/** Characters allowed in a request line. Node's client refuses all others. */
const sendable = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[^\x21-\x7e]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
/** Characters allowed in a header. */
const headerText = (text: string): string => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?').trim();

const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
const json = { 'content-type': 'application/json' };

interface Valid {
  method: string;
  path: string;
  request: HttpRequest;
}

const valid = (subject: Subject): fc.Arbitrary<Valid> =>
  fc.constantFrom(
    ...allCalls.flatMap(({ id, method, path }) =>
      (httpSamples[id] ?? []).map(({ request }) => ({
        method: method.toUpperCase(),
        path,
        request: request(subject),
      })),
    ),
  );

function assembled({ method, path, request }: Valid, change: Partial<HttpInput> = {}): HttpInput {
  const { params = {}, query = {}, body, headers = {} } = request;
  const address = path.replaceAll(/:(\w+)/g, (_, name: string) => encode(params[name] ?? ''));
  const search = Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
  return {
    method,
    path: address + search,
    headers: { ...(body !== undefined && json), ...headers, ...change.headers },
    body: body === undefined ? null : Buffer.from(JSON.stringify(body)),
    field: null,
    ...Object.fromEntries(Object.entries(change).filter(([name]) => name !== 'headers')),
  };
}

const badBody = (call: Valid): fc.Arbitrary<HttpInput> =>
  mutated(call.request.body ?? {}).map(({ text, field }) =>
    assembled(call, { body: Buffer.from(text), headers: json, field }),
  );

const badPath = (call: Valid): fc.Arbitrary<HttpInput> => {
  const names = call.path
    .split('/')
    .map((_, index) => index)
    .slice(1);
  const change = (part: fc.Arbitrary<string>) =>
    fc.tuple(fc.constantFrom(...names), part).map(([at, text]) => {
      const { path, ...rest } = assembled(call);
      const [address = '', search = ''] = path.split('?');
      const parts = address.split('/');
      parts[at] = text;
      return { ...rest, path: parts.join('/') + (search && `?${search}`) };
    });
  const raw = fc.constantFrom(
    '%',
    '%00',
    '%ED%A0%80',
    '%FF',
    '%2e%2e',
    '..',
    '.',
    '',
    '%2F',
    '//',
    ';a=1',
    '%zz',
    '\\',
    '*',
    '?',
    '#',
  );
  return fc.oneof(change(hostileText.map(encode)), change(hostileText.map(sendable)), change(raw));
};

const badQuery = (call: Valid): fc.Arbitrary<HttpInput> => {
  const known = fc.constantFrom(
    'limit',
    'cursor',
    'verb',
    'level',
    'object',
    'unread',
    'since',
    'until',
    'position',
    'wait',
    'locale',
    'user',
    'as',
    'name',
    'type',
    'actor',
    'includeOwn',
    'related',
  );
  const one = fc
    .tuple(fc.oneof(known, hostileName), fc.constantFrom('', '[]', '[a]', '[__proto__]', '.a'), hostileText)
    .map(([name, brackets, text]) => `${encode(name)}${brackets}=${encode(text)}`);
  const some = fc.oneof(
    fc.array(one, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('&')),
    one.map((part) => `${part}&${part}`),
    one.map((part) => Array(500).fill(part.slice(0, 60)).join('&')),
    hostileText.map(sendable),
  );
  return some.map((search) => {
    const { path, ...rest } = assembled(call);
    return { ...rest, path: `${path}${path.includes('?') ? '&' : '?'}${search.replaceAll('#', '')}` };
  });
};

const badHeaders = (call: Valid): fc.Arbitrary<HttpInput> => {
  const text = hostileText.map(headerText);
  const one = fc.oneof(
    text.map((value) => ({ 'Idempotency-Key': value })),
    text.map((value) => ({ 'Accept-Language': value })),
    fc
      .constantFrom('de;q=2', '*', 'x'.repeat(10_000), 'en-'.repeat(500), ',,,,')
      .map((value) => ({ 'Accept-Language': value })),
    text.map((value) => ({ 'Hubbub-Request': value })),
    fc.json().map((value) => ({ 'Hubbub-Request': Buffer.from(value).toString('base64url') })),
    text.map((value) => ({ 'content-type': value })),
    fc
      .constantFrom(
        'text/plain',
        'application/json; charset=utf-16',
        'application/json; charset="',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'application/json, text/plain',
        '/',
        'application/problem+json',
      )
      .map((value) => ({ 'content-type': value })),
    fc
      .constantFrom('gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', 'x', '')
      .map((value) => ({ 'content-encoding': value })),
    text.map((value) => ({ Origin: value, 'User-Agent': value, 'X-Forwarded-For': value })),
    text.map((value) => ({ Authorization: value })),
    text.map((value) => ({ Authorization: `Bearer ${value}` })),
    fc.constantFrom('100-continue', 'x').map((value) => ({ Expect: value })),
    text.map((value) => ({ Range: value, 'If-None-Match': value, 'If-Modified-Since': value })),
  );
  return one.map((headers) => assembled(call, { headers: { ...headers } }));
};

/** 20 MB, compressed. */
const BOMB = gzipSync(Buffer.alloc(20_000_000, 'x'));

const badBytes = (call: Valid): fc.Arbitrary<HttpInput> => {
  const body = Buffer.from(JSON.stringify(call.request.body ?? {}));
  const packed = fc.constantFrom<[string, Buffer]>(
    ['gzip', gzipSync(body).subarray(0, -5)],
    ['deflate', deflateSync(body).subarray(0, -5)],
    ['gzip', BOMB],
    ['gzip', body],
    ['br', body],
  );
  return fc.oneof(
    hostileBytes.map((bytes) => assembled(call, { headers: json, body: bytes })),
    fc.tuple(fc.nat(body.length), hostileBytes).map(([at, bytes]) =>
      assembled(call, {
        headers: json,
        body: Buffer.concat([body.subarray(0, at), bytes, body.subarray(at)]),
      }),
    ),
    packed.map(([encoding, bytes]) =>
      assembled(call, { headers: { ...json, 'content-encoding': encoding }, body: bytes }),
    ),
    fc
      .constantFrom<BufferEncoding>('utf16le')
      .map((encoding) => assembled(call, { headers: json, body: Buffer.from(body.toString(), encoding) })),
  );
};

const badMethod = (call: Valid): fc.Arbitrary<HttpInput> =>
  fc
    .constantFrom('PUT', 'PATCH', 'DELETE', 'GET', 'POST', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH')
    .map((method) => assembled(call, { method }));

/** Generates requests about the subject. */
export const httpInput = (subject: Subject): fc.Arbitrary<HttpInput> =>
  valid(subject).chain((call) =>
    fc.oneof(
      { weight: call.request.body === undefined ? 1 : 12, arbitrary: badBody(call) },
      { weight: 4, arbitrary: badPath(call) },
      { weight: 4, arbitrary: badQuery(call) },
      { weight: 3, arbitrary: badHeaders(call) },
      { weight: 2, arbitrary: badBytes(call) },
      { weight: 1, arbitrary: badMethod(call) },
    ),
  );
