/** Creating events, over HTTP and sockets, with the necessary permissions. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { ApiResponse } from '../support/http.ts';
import { eventTransports, RecordedHub } from '../support/recorded-hub.ts';
import type { Claims } from '../support/tokens.ts';

let recordedHub: RecordedHub;
let user: string;
beforeAll(async () => {
  recordedHub = await RecordedHub.start();
});
beforeEach(() => {
  recordedHub.nextUser();
  user = recordedHub.user;
});
afterAll(() => recordedHub.close());

const stored = () => recordedHub.stored();
const records = () => recordedHub.records();

describe.each(eventTransports(() => recordedHub))('%s', (_door, { create, refused, request }) => {
  test('an event of a name alone has every default', async () => {
    const before = Date.now();
    const event = await create({ name: 'UserLoggedIn' });
    expect(event).toEqual({
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      user: { type: 'user', id: user },
      name: 'UserLoggedIn',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      note: '',
      related: null,
    });
    expect(Date.parse(event.timestamp)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(event.timestamp)).toBeLessThanOrEqual(Date.now());
  });

  test('given fields are stored', async () => {
    const related = { type: 'project', id: 'p:1/2', name: 'One', url: '/projects/p1', image: '/1.png' };
    const input = { name: 'any name, 100% – ok?', user, note: 'line 1\nline 2\t→ 🎉', related };
    expect(await create(input)).toMatchObject({ ...input, user: { type: 'user', id: user } });
    expect(await create({ name: 'x', related: 'project:p:1/2' })).toMatchObject({
      related: { type: 'project', id: 'p:1/2' },
    });
  });

  test('a user may be named by its id or by its ref', async () => {
    for (const named of [user, `user:${user}`, { type: 'user', id: user }]) {
      expect(await create({ name: 'x', user: named })).toMatchObject({ user: { type: 'user', id: user } });
    }
    expect(await refused({ name: 'x', user: { type: 'project', id: user } })).toMatchObject({
      code: 'invalid_input',
      fields: [{ path: 'user' }],
    });
  });

  test('names of 1 to 100 characters and notes of up to 255 are accepted unchanged', async () => {
    const longestAllowed = { name: 'n'.repeat(100), note: 'x'.repeat(255) };
    expect(await create(longestAllowed)).toMatchObject(longestAllowed);
    expect(await create({ name: 'n', note: '' })).toMatchObject({ name: 'n', note: '' });
  });

  test.each([
    ['name', { name: 'n'.repeat(101) }, 'at most 100 characters'],
    ['name', { name: '' }, 'must not be empty'],
    ['name', {}, 'must be a string'],
    ['name', { name: 7 }, 'must be a string'],
    ['name', { name: 'a\nb' }, 'must not contain control characters'],
    ['note', { name: 'x', note: 'x'.repeat(256) }, 'at most 255 characters'],
    ['note', { name: 'x', note: 7 }, 'must be a string'],
    ['note', { name: 'x', note: 'a\u0000' }, 'must not contain a null character'],
    ['user', { name: 'x', user: '' }, 'must not be empty'],
    ['user', { name: 'x', user: 'user:' }, 'must be a user: an id of 1 to 255 characters'],
    ['user', { name: 'x', user: 'u'.repeat(256) }, 'must be a user: an id of 1 to 255 characters'],
    ['related', { name: 'x', related: 'project' }, 'must be a ref such as "project:p1"'],
    ['related.id', { name: 'x', related: { type: 'project', id: '' } }, 'must not be empty'],
    ['timestamp', { name: 'x', timestamp: '2026-01-01T00:00:00Z' }, 'is not a known field'],
    ['request', { name: 'x', request: { method: 'GET' } }, 'is not a known field'],
  ])('a bad %s (%j) is refused by its name, and stores nothing', async (path, input, message) => {
    expect(await refused(input)).toMatchObject({ code: 'invalid_input', fields: [{ path, message }] });
    expect(await stored()).toEqual([]);
    expect(records()).toEqual([]);
  });

  test('an event of another user is refused without the service scope', async () => {
    const refusal = { code: 'forbidden', fields: [{ path: 'user' }] };
    expect(await refused({ name: 'x', user: 'somebody' })).toMatchObject(refusal);
    expect(await refused({ name: 'x', user: 'user:somebody' })).toMatchObject(refusal);
    expect(records()).toEqual([]);
  });

  test('an event without the scope log, or with an object the token does not name, is refused', async () => {
    expect(await refused({ name: 'x' }, { scope: 'feed track' })).toMatchObject({ code: 'forbidden' });
    const claims = { objects: ['project:p1'] };
    expect(await refused({ name: 'x', related: 'project:p2' }, claims)).toMatchObject({
      code: 'forbidden',
      fields: [{ path: 'related' }],
    });
    expect(records()).toEqual([]);
    expect(await stored()).toEqual([]);
    await create({ name: 'x', related: 'project:p1' }, { scope: 'log', ...claims });
  });

  test("with the service scope an event is anyone's or nobody's", async () => {
    const claims = { scope: 'service', objects: [] };
    expect(await create({ name: 'x', user: 'grace', related: 'a:b' }, claims)).toMatchObject({
      user: { type: 'user', id: 'grace' },
    });
    expect(await create({ name: 'x' }, claims)).toMatchObject({ user: null });
    expect(records()).toMatchObject([
      { user: 'grace', msg: `x for grace about a:b @ ${request.path}` },
      { user: null, related: null, msg: `x @ ${request.path}` },
    ]);
  });
});

describe('a key', () => {
  const create = async (
    input: unknown,
    key: string,
    as = user,
    claims: Claims = {},
  ): Promise<ApiResponse<Event & Problem>> =>
    (await recordedHub.hub.api(as, claims)).post('/v1/events', input, { 'idempotency-key': key });

  test('creates once, however often and concurrently it is sent', async () => {
    const input = { name: 'x', note: 'n', related: { type: 'a', id: '1', name: 'A' } };
    const responses = await Promise.all(Array.from({ length: 20 }, () => create(input, 'k')));
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([201]));
    expect(new Set(responses.map((response) => JSON.stringify(response.body))).size).toBe(1);
    expect(await stored()).toHaveLength(1);
    expect(records()).toHaveLength(1);
  });

  test('with other content is refused', async () => {
    await create({ name: 'x' }, 'k');
    for (const input of [{ name: 'y' }, { name: 'x', note: 'n' }, { name: 'x', related: 'a:1' }]) {
      expect(await create(input, 'k')).toMatchObject({
        status: 409,
        body: { code: 'key_conflict', fields: [{ path: 'Idempotency-Key' }] },
      });
    }
    expect(await stored()).toHaveLength(1);
  });

  test('of another subject or in another space is independent', async () => {
    const ids = await Promise.all([
      create({ name: 'x' }, 'k'),
      create({ name: 'x' }, 'k', `${user}-too`),
      create({ name: 'x' }, 'k2'),
      create({ name: 'x', user }, 'k', 'backend', { scope: 'service' }),
    ]);
    expect(new Set(ids.map((response) => response.body.id)).size).toBe(4);
    const elsewhere = await create({ name: 'y' }, 'k', user, { space: 'elsewhere' });
    expect(elsewhere.status).toBe(201);
  });

  test('must be valid', async () => {
    expect(await create({ name: 'x' }, 'k'.repeat(129))).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'Idempotency-Key' }] },
    });
  });
});
