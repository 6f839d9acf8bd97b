/** Permissions: 403 for existing and unknown things alike, without any effect. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LogAnswer, TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { logAndWait } from '../support/feeds.ts';
import { TestHub } from '../support/hub.ts';
import { type StoredCounts, storedCountsOf } from '../support/stored-counts.ts';
import type { Claims } from '../support/tokens.ts';

let hub: TestHub;
let storedCounts: StoredCounts;
beforeAll(async () => {
  hub = await TestHub.start();
  await logAndWait(hub, 'bob', 1);
  await (await hub.service()).post('/v1/users/bob/track', { to: 'project:p1' });
});
beforeEach(async () => {
  storedCounts = await storedCountsOf(hub);
});
afterAll(() => hub.close());

const feedCalls: Array<[string, string, unknown?]> = [
  ['GET', 'feed'],
  ['GET', 'feed/counts'],
  ['GET', 'feed/changes?position=0000000000000000'],
  ['POST', 'feed/read', { all: true }],
  ['POST', 'feed/unread', { all: true }],
  ['POST', 'feed/seen', { all: true }],
];
const trackCalls: Array<[string, string, unknown?]> = [
  ['POST', 'track', { to: 'project:p1' }],
  ['POST', 'untrack', { from: 'project:p1' }],
];

async function call(
  user: string,
  claims: Claims,
  [method, path, body]: [string, string, unknown?],
  of = user,
) {
  const api = await hub.api(user, claims);
  const headers = { 'content-type': 'application/json' };
  const text = body === undefined ? undefined : JSON.stringify(body);
  return api.send<Problem>(method, `/v1/users/${of}/${path}`, text, body === undefined ? {} : headers);
}

const refusal = { status: 403, body: { code: 'forbidden', status: 403, retryable: false } };

describe('without the scope', () => {
  test.each(feedCalls)('feed, %s %s is refused', async (...requested) => {
    expect(await call('bob', { scope: 'log track' }, requested)).toMatchObject(refusal);
    expect((await call('bob', { scope: 'feed' }, requested)).status).toBe(200);
  });

  test.each(trackCalls)('track, %s %s is refused', async (...requested) => {
    expect(await call('bob', { scope: 'feed log' }, requested)).toMatchObject(refusal);
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
  });

  test('log, logging is refused over HTTP and sockets', async () => {
    const input = { actor: 'user:ada', verb: 'did' };
    const api = await hub.api('ada', { scope: 'feed track' });
    expect(await api.post('/v1/actions', input)).toMatchObject(refusal);
    const socket = await hub.socket('ada', { scope: 'feed track' });
    expect(await socket.request('log', input)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
  });

  test.each(['feed:list', 'feed:changes', 'feed:read', 'feed:unread', 'feed:seen', 'track', 'untrack'])(
    'of %s, the event is refused',
    async (event) => {
      const socket = await hub.socket('bob', { scope: 'log' });
      const payload: Record<string, unknown> = {
        'feed:list': {},
        'feed:changes': { position: '0000000000000000' },
        track: { to: 'project:p1' },
        untrack: { from: 'project:p1' },
      };
      const response = await socket.request(event, payload[event] ?? { all: true });
      expect(response).toMatchObject({ ok: false, error: { code: 'forbidden', retryable: false } });
      expect(await storedCountsOf(hub)).toEqual(storedCounts);
    },
  );
});

describe('for another user', () => {
  test.each([...feedCalls, ...trackCalls])('%s %s is refused, known or unknown', async (...requested) => {
    const known = await call('ada', {}, requested, 'bob');
    const unknown = await call('ada', {}, requested, 'nobody');
    expect(known).toMatchObject(refusal);
    expect(known.body).toEqual(unknown.body);
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
  });

  test('trackers are refused over the socket', async () => {
    const socket = await hub.socket('ada');
    for (const [event, input] of [
      ['track', { to: 'project:p1' }],
      ['untrack', { from: 'project:p1' }],
    ] as const) {
      expect(await socket.request(event, { ...input, user: 'bob' })).toMatchObject({
        ok: false,
        error: { code: 'forbidden' },
      });
    }
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
  });

  test('everything is allowed to the service scope', async () => {
    for (const requested of feedCalls)
      expect((await call('backend', { scope: 'service' }, requested, 'bob')).status).toBe(200);
    const socket = await hub.socket('backend', { scope: 'service', objects: [] });
    const { trackers } = await socket.get<TrackersAnswer>('track', { to: 'project:p1', user: 'bob' });
    expect(trackers).toMatchObject([{ user: { type: 'user', id: 'bob' } }]);
  });
});

describe('an action', () => {
  test('is visible to its actor and to users with its item; for others it does not exist', async () => {
    const [id = ''] = await logAndWait(hub, 'bob', 1, { actor: 'user:ada' });
    const read = async (user: string, wanted = id, claims: Claims = {}) =>
      (await hub.api(user, claims)).get<Problem>(`/v1/actions/${wanted}`);
    expect([(await read('ada')).status, (await read('bob')).status]).toEqual([200, 200]);
    expect(await read('eve')).toMatchObject(refusal);
    for (const missing of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', '%00', '%F0%9F%8E%89']) {
      expect((await read('eve', missing)).body).toEqual((await read('eve')).body);
      expect(await read('backend', missing, { scope: 'service' })).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    }
    expect(await read('ada', id, { scope: 'log' })).toMatchObject(refusal);
    expect((await read('backend', id, { scope: 'service' })).status).toBe(200);
  });
});

describe('logging', () => {
  const own = { actor: 'user:ada', verb: 'did' };

  test.each<[string, Record<string, unknown>, string]>([
    ['of another actor', { actor: 'user:bob' }, 'actor'],
    ['of an actor of another type', { actor: 'bot:ada' }, 'actor'],
    ['of nobody', { actor: null }, 'actor'],
    ['with a timestamp', { timestamp: '2026-01-01T00:00:00Z' }, 'timestamp'],
    ['with users to notify', { notify: ['bob'] }, 'notify'],
    ['with no users to notify', { notify: [] }, 'notify'],
  ])('%s needs the service scope', async (_what, change, path) => {
    const api = await hub.api('ada');
    const input = { ...own, ...change };
    expect(await api.post<Problem>('/v1/actions', input)).toMatchObject({
      ...refusal,
      body: { fields: [{ path }] },
    });
    const batch = { actions: [own, input] };
    expect(await api.post<Problem>('/v1/actions', batch)).toMatchObject({
      ...refusal,
      body: { fields: [{ path: `actions[1].${path}` }] },
    });
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
    expect((await (await hub.service()).post<LogAnswer>('/v1/actions?wait=1', input)).status).toBe(200);
  });

  test('is limited by the claim verbs', async () => {
    const api = await hub.api('ada', { verbs: ['liked', 'viewed'] });
    expect((await api.post('/v1/actions?wait=1', { ...own, verb: 'liked' })).status).toBe(200);
    expect(await api.post('/v1/actions', own)).toMatchObject({
      ...refusal,
      body: { fields: [{ path: 'verb' }] },
    });
    expect(await (await hub.api('ada', { verbs: [] })).post('/v1/actions', own)).toMatchObject(refusal);
    const service = await hub.service({ verbs: ['liked'] });
    expect((await service.post('/v1/actions?wait=1', own)).status).toBe(200);
  });
});

describe('the claim objects', () => {
  test.each<[string, unknown, string[], string[]]>([
    ['that is missing allows none', undefined, [], ['project:p1', 'user:ada']],
    ['that is empty allows none', [], [], ['project:p1']],
    [
      'with a ref allows that object',
      ['project:p1'],
      ['project:p1'],
      ['project:p2', 'project:p11', 'issue:p1'],
    ],
    ['with a ref in object form likewise', [{ type: 'project', id: 'p1' }], ['project:p1'], ['project:p2']],
    [
      'with a class ref allows its objects',
      ['project'],
      ['project:p1', 'project:a:b'],
      ['projects:p1', 'issue:1'],
    ],
    [
      'with an object whose id ends in a star allows no other',
      [{ type: 'project', id: 'p*' }],
      ['project:p*'],
      ['project:p1', 'project:p'],
    ],
    ['with a class ref in object form likewise', [{ type: 'project' }], ['project:p1'], ['issue:1']],
    [
      'with a prefix allows all ids with that prefix',
      ['project:p*'],
      ['project:p1', 'project:p'],
      ['project:q', 'project:P1'],
    ],
    ['with a star allows all', ['*'], ['project:p1', 'issue:1'], []],
    ['with several allows each', ['issue', 'project:p1'], ['project:p1', 'issue:9'], ['project:p2']],
  ])('%s', async (_what, objects, allowed, refused) => {
    const api = await hub.api('ada', { objects: objects as string[] });
    const log = (part: Record<string, unknown>) =>
      api.post<Problem>('/v1/actions?wait=1', { actor: 'user:ada', verb: 'did', ...part });
    for (const object of allowed) {
      expect((await log({ targets: object, related: [object] })).status).toBe(200);
      expect((await api.post('/v1/users/ada/track', { to: object })).status).toBe(202);
    }
    const before = await storedCountsOf(hub);
    for (const object of refused) {
      const list = [...allowed, object];
      const last = allowed.length;
      expect(await log({ targets: list })).toMatchObject({
        ...refusal,
        body: { fields: [{ path: `targets[${last}]` }] },
      });
      expect(await log({ related: list })).toMatchObject({
        ...refusal,
        body: { fields: [{ path: `related[${last}]` }] },
      });
      const tracked = await api.post<Problem>('/v1/users/ada/track', { to: list });
      expect(tracked).toMatchObject({ ...refusal, body: { fields: [{ path: `to[${last}]` }] } });
    }
    expect(await storedCountsOf(hub)).toEqual(before);
  });

  test('allows a class only with access to all of its objects', async () => {
    const track = async (objects: string[]) =>
      (await (await hub.api('cy', { objects })).post('/v1/users/cy/track', { to: 'project' })).status;
    expect(await track(['project'])).toBe(202);
    expect(await track(['pro*'])).toBe(202);
    expect(await track(['*'])).toBe(202);
    expect(await track(['project:p1', 'project:*', 'issue'])).toBe(403);
  });

  test('is not needed to stop following, nor by the service scope', async () => {
    const without = await hub.api('dan', { objects: [] });
    await (await hub.service({ objects: [] })).post('/v1/users/dan/track', { to: 'project:p1' });
    expect(await without.post('/v1/users/dan/untrack', { from: 'project:p1' })).toMatchObject({
      status: 202,
      body: { trackers: [] },
    });
    expect(await storedCountsOf(hub)).toEqual(storedCounts);
  });
});
