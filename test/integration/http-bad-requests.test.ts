/** Bad HTTP requests: they get a problem that explains the error, store nothing, and leave the connection usable. */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from '../support/hub.ts';
import { emptyCounts, storedCountsOf } from '../support/stored-counts.ts';
import { serviceToken } from '../support/tokens.ts';

let hub: TestHub;
let token: string;
beforeAll(async () => {
  hub = await TestHub.start();
  token = await serviceToken();
});
afterAll(() => hub.close());

interface Sent {
  method?: string;
  path?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** A keep-alive connection; `port` shows whether two responses came over the same one. */
class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  send<T>({ method = 'POST', path = '/v1/actions', body = '', headers = {} }: Sent) {
    return new Promise<{ status: number; type: string; body: T; port: number }>((resolve, reject) => {
      const url = new URL(hub.url);
      const all = {
        authorization: `Bearer ${token}`,
        ...(body.length > 0 && {
          'content-type': 'application/json',
          'content-length': `${Buffer.byteLength(body)}`,
        }),
        ...headers,
      };
      const sent = request({
        agent: this.#agent,
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: all,
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const port = response.socket.localPort ?? 0;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const type = response.headers['content-type'] ?? '';
          resolve({ status: response.statusCode ?? 0, type, body: JSON.parse(text) as T, port });
        });
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const valid = JSON.stringify({ actor: 'user:ada', verb: 'did' });
const filler = (bytes: number) => JSON.stringify({ actor: 'user:ada', verb: 'did', text: 'x'.repeat(bytes) });

test.each<[string, Sent, number, string]>([
  ['half an object', { body: '{"actor":' }, 400, 'invalid_json'],
  ['no JSON at all', { body: 'actor=user:ada' }, 400, 'invalid_json'],
  ['a bare value', { body: '"did"' }, 400, 'invalid_input'],
  ['no body', {}, 400, 'invalid_input'],
  [
    'no body where JSON is announced',
    { headers: { 'content-type': 'application/json' } },
    400,
    'invalid_input',
  ],
  ['text', { body: valid, headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
  [
    'a form',
    { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'unsupported_media_type',
  ],
  [
    'an unknown character set',
    { body: valid, headers: { 'content-type': 'application/json; charset=ebcdic' } },
    415,
    'unsupported_media_type',
  ],
  [
    'an unknown encoding',
    { body: valid, headers: { 'content-encoding': 'zip' } },
    415,
    'unsupported_media_type',
  ],
  ['broken compression', { body: valid, headers: { 'content-encoding': 'gzip' } }, 400, 'invalid_input'],
  ['more than 1 MiB', { body: filler(1_048_576) }, 413, 'payload_too_large'],
  [
    'more than 1 MiB when unpacked',
    { body: gzipSync(filler(1_048_576)), headers: { 'content-encoding': 'gzip' } },
    413,
    'payload_too_large',
  ],
  ['an unknown parameter', { path: '/v1/actions?color=red', body: valid }, 400, 'invalid_input'],
  ['a wait that is no flag', { path: '/v1/actions?wait=perhaps', body: valid }, 400, 'invalid_input'],
  ['two waits', { path: '/v1/actions?wait=1&wait=1', body: valid }, 400, 'invalid_input'],
  ['an empty idempotency key', { body: valid, headers: { 'idempotency-key': '' } }, 400, 'invalid_input'],
  [
    'a long idempotency key',
    { body: valid, headers: { 'idempotency-key': 'k'.repeat(129) } },
    400,
    'invalid_input',
  ],
  ['an unknown route', { path: '/v1/actionz', body: valid }, 404, 'not_found'],
  ['an unknown version', { path: '/v2/actions', body: valid }, 404, 'not_found'],
  ['an unknown mark', { path: '/v1/users/ada/feed/liked', body: '{"all":true}' }, 404, 'not_found'],
  [
    'the list of a path that is only posted to',
    { method: 'GET', path: '/v1/users/ada/track' },
    405,
    'method_not_allowed',
  ],
  [
    'a wrong method with a body',
    { method: 'PUT', path: '/v1/users/ada/track', body: '{"to":"a:b"}' },
    405,
    'method_not_allowed',
  ],
  [
    'a wrong method for the feed',
    { method: 'DELETE', path: '/v1/users/ada/feed' },
    405,
    'method_not_allowed',
  ],
  ['a wrong method for marks', { method: 'GET', path: '/v1/users/ada/feed/read' }, 405, 'method_not_allowed'],
  ['a wrong method for actions', { method: 'PATCH', body: valid }, 405, 'method_not_allowed'],
  [
    'malformed percent-encoding',
    { path: '/v1/users/%E0%A4%A/feed/read', body: '{"all":true}' },
    400,
    'invalid_input',
  ],
  [
    'a control character in a user id',
    { path: '/v1/users/a%00b/track', body: '{"to":"a:b"}' },
    400,
    'invalid_input',
  ],
  [
    'a user id of 256 characters',
    { path: `/v1/users/${'a'.repeat(256)}/track`, body: '{"to":"a:b"}' },
    400,
    'invalid_input',
  ],
])('a request is refused for %s', async (_what, sent, status, code) => {
  const connection = new Connection();
  const refused = await connection.send<Problem>(sent);
  expect(refused).toMatchObject({ status, body: { status, code, type: `urn:hubbub:problem:${code}` } });
  expect(refused.type).toContain('application/problem+json');
  expect(refused.body.detail).not.toBe('');
  expect(await storedCountsOf(hub)).toEqual(emptyCounts);

  const next = await connection.send({ method: 'GET', path: '/v1/users/ada/feed' });
  expect(next).toMatchObject({ status: 200, port: refused.port });
  connection.close();
});

describe('the problem', () => {
  test('names each bad parameter of a query', async () => {
    const api = await hub.service();
    const path =
      '/v1/users/ada/feed?limit=101&unread=maybe&object=x&since=now&verb=a&verb=&locale=!!&color=red';
    const { status, body } = await api.get<Problem>(path);
    expect(status).toBe(400);
    expect(body.fields?.map((field) => field.path).sort()).toEqual([
      'color',
      'limit',
      'locale',
      'object',
      'since',
      'unread',
      'verb[1]',
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString'])('names a parameter called %s', async (name) => {
    const { status, body } = await (await hub.service()).get<Problem>(`/v1/actions?${name}=1`);
    expect([status, body.fields?.map((field) => field.path)]).toEqual([400, [name]]);
  });

  test('contains at most 20 fields', async () => {
    const api = await hub.service();
    const targets = Array.from({ length: 500 }, () => 'x');
    const { body } = await api.post<Problem>('/v1/actions', { actor: 'user:ada', verb: 'did', targets });
    expect(body.fields).toHaveLength(20);
  });

  test('shortens a long field name', async () => {
    const api = await hub.service();
    const reply = await api.post<Problem>('/v1/users/ada/track', { to: 'a:b', ['x'.repeat(500_000)]: 1 });
    expect(reply).toMatchObject({ status: 400, body: { fields: [{ message: 'is not a known field' }] } });
    expect(JSON.stringify(reply.body).length).toBeLessThan(2_000);
  });

  test('names the allowed methods of a path', async () => {
    const api = await hub.service();
    const reply = await api.send<Problem>('PUT', '/v1/users/ada/feed');
    expect(reply.status).toBe(405);
    expect(reply.headers.get('allow')).toBe('GET');
  });
});

test('an unknown expectation is ignored', async () => {
  const connection = new Connection();
  const expecting = { method: 'GET', path: '/v1/users/ada/feed', headers: { expect: 'the unexpected' } };
  expect(await connection.send<FeedPage>(expecting)).toMatchObject({ status: 200, body: { items: [] } });
  connection.close();
});

test('a compressed body and a character set that is UTF-8 are accepted', async () => {
  const connection = new Connection();
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json; charset=UTF-8' };
  expect(await connection.send<LogAnswer>({ body: gzipSync(valid), headers })).toMatchObject({ status: 202 });
  connection.close();
});

test('a body just under 1 MiB is accepted', async () => {
  const actions = Array.from({ length: 20 }, () => JSON.parse(filler(52_000)) as unknown);
  const api = await hub.service();
  expect(await api.post('/v1/actions', { actions })).toMatchObject({ status: 202 });
});
