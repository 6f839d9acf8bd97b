/** Refused tokens (401), over HTTP and in the handshake, and their errors. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { SECRET } from '../support/services.ts';
import { TestSocket } from '../support/socket.ts';
import { emptyCounts, storedCountsOf } from '../support/stored-counts.ts';
import { tokenFor } from '../support/tokens.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const soon = Math.floor(Date.now() / 1000) + 600;
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Builds a token by hand, with any content. */
function forged(
  payload: unknown,
  { alg = 'HS256', hash = 'sha256', secret = SECRET, ...header } = {},
): string {
  const signed = `${base64({ alg, ...header })}.${base64(payload)}`;
  const signature = alg === 'none' ? '' : createHmac(hash, secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

const claims = { sub: 'ada', exp: soon };

describe.each<[string, string]>([
  ['one part of nonsense', 'nothing'],
  ['three parts of nonsense', 'a.b.c'],
  ['a part missing', forged(claims).split('.').slice(0, 2).join('.')],
  ['a changed signature', `${forged(claims).slice(0, -4)}AAAA`],
  ['no signature', forged(claims).replace(/[^.]+$/, '')],
  ['another secret', forged(claims, { secret: 'a secret of somebody else' })],
  ['alg none', forged(claims, { alg: 'none' })],
  ['alg None', forged(claims, { alg: 'None' })],
  ['alg HS512', forged(claims, { alg: 'HS512', hash: 'sha512' })],
  ['an asymmetric alg where no keys are configured', forged(claims, { alg: 'RS256' })],
  ['an extension it does not know', forged(claims, Object.assign({ crit: ['x'], x: 1 }))],
  ['no exp', forged({ sub: 'ada' })],
  ['an exp in the past', forged({ ...claims, exp: soon - 1_200 })],
  ['an exp that is text', forged({ ...claims, exp: String(soon) })],
  ['an exp beyond all time', forged({ ...claims, exp: 1e300 })],
  ['an nbf in the future', forged({ ...claims, nbf: soon })],
  ['no sub', forged({ exp: soon })],
  ['an empty sub', forged({ ...claims, sub: '' })],
  ['a sub with a control character', forged({ ...claims, sub: 'a\nb' })],
  ['a sub of 256 characters', forged({ ...claims, sub: 'a'.repeat(256) })],
  ['an upper case space', forged({ ...claims, space: 'Acme' })],
  ['a space with a slash', forged({ ...claims, space: 'a/b' })],
  ['a space of 33 characters', forged({ ...claims, space: 'a'.repeat(33) })],
  ['a scope that is a list', forged({ ...claims, scope: ['service'] })],
  ['objects that are no list', forged({ ...claims, objects: '*' })],
  ['an object that is none', forged({ ...claims, objects: [{ id: 'x' }] })],
  ['verbs that are no list', forged({ ...claims, verbs: 'did' })],
  ['a payload that is no object', forged('ada')],
])('a token with %s', (_what, token) => {
  test('is refused over HTTP', async () => {
    const api = new Api(hub.url, token);
    const response = await api.post<Problem>('/v1/actions', { actor: 'user:ada', verb: 'did' });
    expect(response).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', status: 401, retryable: false },
    });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.stringify(response.body)).not.toContain(token);
    expect(await storedCountsOf(hub)).toEqual(emptyCounts);
  });

  test('is refused in the handshake', async () => {
    await expect(TestSocket.connect(hub.url, token)).rejects.toMatchObject({
      code: 'unauthenticated',
      retryable: false,
    });
  });
});

describe('the header Authorization', () => {
  const get = async (authorization: string | null) => {
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    return new Api(hub.url, null).send<Problem>('GET', '/v1/users/ada/feed', undefined, headers);
  };

  test.each<[string, (token: string) => string | null]>([
    ['is missing', () => null],
    ['has no token', () => 'Bearer'],
    ['has another scheme', (token) => `Basic ${token}`],
    ['has more than a token', (token) => `Bearer ${token} ${token}`],
    ['has the token alone', (token) => token],
  ])('that %s is refused', async (_what, header) => {
    expect(await get(header(await tokenFor('ada')))).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', detail: expect.stringContaining('Authorization') },
    });
  });

  test('may write its scheme in any case', async () => {
    expect((await get(`bearer ${await tokenFor('ada')}`)).status).toBe(200);
  });

  test('of an expired token has its own code', async () => {
    const response = await get(`Bearer ${await tokenFor('ada', { lifetime: -1 })}`);
    expect(response.body.detail).toBe('the token has expired');
  });

  test('is required before the route is checked', async () => {
    const response = await new Api(hub.url, null).get<Problem>('/v1/nowhere');
    expect(response.status).toBe(401);
  });
});

test('a handshake without a token or with an invalid locale is refused', async () => {
  await expect(TestSocket.connect(hub.url, '')).rejects.toMatchObject({ code: 'unauthenticated' });
  const token = await tokenFor('ada');
  await expect(TestSocket.connect(hub.url, token, { locale: '!!' })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [{ path: 'locale' }],
  });
});

describe('a long token', () => {
  const objects = Array.from({ length: 1_000 }, (_, n) => `project:with-a-name-${n}`);

  test('that names a thousand objects is accepted over HTTP, in the handshake and for renewal', async () => {
    const token = await tokenFor('ada', { objects });
    const api = new Api(hub.url, token);
    expect((await api.post('/v1/users/ada/track', { to: objects })).status).toBe(202);
    const socket = await TestSocket.connect(hub.url, token);
    expect(await socket.request('auth', { token })).toMatchObject({ ok: true });
    socket.close();
  });

  test('beyond the limit is refused everywhere, and its connection stays open', async () => {
    const token = await tokenFor('ada', { padding: 'x'.repeat(40_000) });
    expect(await new Api(hub.url, token).get<Problem>('/v1/users/ada/feed')).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', detail: 'the token is too long' },
    });
    await expect(TestSocket.connect(hub.url, token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const socket = await TestSocket.connect(hub.url, await tokenFor('ada'));
    expect(await socket.request('auth', { token })).toMatchObject({
      ok: false,
      error: { fields: [{ path: 'token' }] },
    });
    expect(await socket.request('feed:list', {})).toMatchObject({ ok: true });
    socket.close();
  });

  test('with more objects than are allowed is refused', async () => {
    const token = await tokenFor('ada', { objects: Array.from({ length: 1_001 }, (_, n) => `a:${n}`) });
    expect((await new Api(hub.url, token).get<Problem>('/v1/users/ada/feed')).status).toBe(401);
  });
});

test('undeclared claims are allowed, an unknown scope allows nothing', async () => {
  const known = new Api(hub.url, forged({ ...claims, name: 'Ada', roles: [1], iat: 1 }));
  expect((await known.get<FeedPage>('/v1/users/ada/feed')).status).toBe(200);
  const admin = new Api(hub.url, forged({ ...claims, scope: 'admin services' }));
  expect((await admin.get<Problem>('/v1/users/ada/feed')).status).toBe(403);
});
