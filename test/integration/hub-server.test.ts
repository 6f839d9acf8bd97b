/** The backend SDK, with a real hub and over a lossy network. */
import { createHubServer, type HubServer } from '@hubbub/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event, FeedPage, Page } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { LossyNetwork, type RequestOutcome } from '../support/lossy-network.ts';
import { SECRET } from '../support/services.ts';
import { until } from '../support/until.ts';

const issuer = 'https://app.example.com';
const audience = 'hubbub';
let hub: TestHub;
let backend: HubServer;
let user: string;
let users = 0;
beforeAll(async () => {
  hub = await TestHub.start({ settings: { HUBBUB_JWT_ISSUER: issuer, HUBBUB_JWT_AUDIENCE: audience } });
  backend = createHubServer({ url: `${hub.url}/`, secret: SECRET, issuer, audience });
});
beforeEach(() => {
  users += 1;
  user = `user ${users}/ä`;
});
afterAll(() => hub.close());

/** Reads with a user token from the backend. */
async function feed(): Promise<FeedPage> {
  const api = new Api(hub.url, await backend.tokenFor(user));
  return (await api.get<FeedPage>(`/v1/users/${encodeURIComponent(user)}/feed`)).body;
}

describe('through the backend SDK', () => {
  test('users track, actions arrive, and users untrack', async () => {
    const { trackers } = await backend.track(user, { to: `project:${user}`, actorOnly: false });
    expect(trackers).toMatchObject([{ user: { id: user }, tracked: { type: 'project', id: user } }]);
    const action = { actor: 'user:grace', verb: 'closed', related: `project:${user}` };
    const { ids, results } = await backend.log(action, { wait: true });
    expect(results).toMatchObject([{ id: ids[0], action: { verb: 'closed' } }]);
    expect((await feed()).items).toMatchObject([{ action: { id: ids[0] }, unread: true }]);
    expect(await backend.untrack(user, { from: `project:${user}` }, { wait: true })).toEqual({
      trackers: [],
    });
    expect((await feed()).items).toEqual([]);
  });

  test('a batch is logged as one', async () => {
    const actions = ['opened', 'closed'].map((verb) => ({
      actor: null,
      verb,
      targets: `issue:${user}`,
      notify: [user],
    }));
    const { ids } = await backend.log(actions, { wait: true });
    expect(ids).toHaveLength(2);
    expect((await feed()).items.map((item) => item.action.id)).toEqual([...ids].reverse());
  });

  test('a key, in the action or beside it, logs once', async () => {
    const action = { actor: 'user:grace', verb: 'did' };
    const first = await backend.log({ ...action, key: `in ${user}` });
    expect(await backend.log({ ...action, key: `in ${user}` })).toEqual(first);
    const batch = await backend.log([action, action], { key: `of ${user}` });
    expect(await backend.log([action, action], { key: `of ${user}` })).toEqual(batch);
    expect(await backend.log(action)).not.toEqual(await backend.log(action));
  });

  test.each(['заказ-17', ' spaced ', '注文', 'naïve'])('a key may be any text: %s', async (name) => {
    const action = { actor: 'user:grace', verb: 'did' };
    const key = `${name}${user}`;
    const first = await backend.log({ ...action, key });
    expect(await backend.log(action, { key })).toEqual(first);
    expect(await backend.log({ ...action, key: 'its own' }, { key })).toEqual(first);
  });

  test.each(['заказ-17', ' spaced', 'two\nlines'])(
    'the key of a batch or an event must fit into a header: %j',
    async (key) => {
      const refusal = { code: 'invalid_input', retryable: false, fields: [{ path: 'key' }] };
      await expect(backend.log([{ actor: null, verb: 'did' }], { key })).rejects.toMatchObject(refusal);
      await expect(backend.event({ name: 'x' }, { key })).rejects.toMatchObject(refusal);
    },
  );

  test('an action is recalled', async () => {
    const { ids } = await backend.log({ actor: 'user:grace', verb: 'did', notify: [user] }, { wait: true });
    const [id = ''] = ids;
    expect(await backend.recall(id, { wait: true })).toEqual({ id });
    expect((await feed()).items).toEqual([]);
  });

  test('an object shows its registered name', async () => {
    await backend.log(
      { actor: 'user:grace', verb: 'did', targets: `issue:${user}`, notify: [user] },
      { wait: true },
    );
    const object = { type: 'issue', id: user, name: 'Fix login', url: '/issues/1' };
    expect(await backend.objects.put([object])).toEqual({ objects: [object] });
    expect((await feed()).items).toMatchObject([
      { action: { text: 'grace did Fix login', targets: [object] } },
    ]);
    expect(await backend.objects.get(object)).toEqual(object);
    expect(await backend.objects.put([`issue:${user}`])).toEqual({ objects: [{ type: 'issue', id: user }] });
    await expect(backend.objects.get(`issue:${user}`)).rejects.toMatchObject({ code: 'not_found' });
    await expect(backend.objects.put([{ ...object, name: '' }])).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: 'objects[0].name' }],
    });
  });

  test('an object is deleted, and keeps its name', async () => {
    await backend.log(
      { actor: 'user:grace', verb: 'did', targets: `issue:${user}`, notify: [user] },
      { wait: true },
    );
    const left = {
      type: 'issue',
      id: user,
      deleted: true,
      description: 'Fix login',
      serialization: { id: user },
    };
    const object = { type: 'issue', id: user, name: 'Fix login' };
    expect(await backend.deleteObject(object, {}, { wait: true })).toMatchObject(left);
    expect((await feed()).items).toMatchObject([{ action: { targets: [left] } }]);
    await backend.deleteObject(`issue:${user}`, { actions: 'delete' }, { wait: true });
    expect((await feed()).items).toEqual([]);
  });

  test('events are of a user, or of nobody', async () => {
    expect(await backend.event({ name: 'UserCreated', user })).toMatchObject({
      user: { type: 'user', id: user },
    });
    expect(await backend.event({ name: 'Nightly', note: user })).toMatchObject({ user: null, note: user });
  });

  test('tokens allow only their claims', async () => {
    const options = {
      scope: ['log'] as const,
      objects: ['project:p1', { type: 'issue' }],
      verbs: ['opened'],
    };
    const api = new Api(hub.url, await backend.tokenFor('ada', options));
    const log = async (action: object) =>
      (await api.post('/v1/actions', { actor: 'user:ada', verb: 'opened', ...action })).status;
    expect(await log({ targets: ['project:p1', 'issue:7'] })).toBe(202);
    expect(await log({ targets: 'project:p2' })).toBe(403);
    expect(await log({ verb: 'closed' })).toBe(403);
    expect((await api.get('/v1/users/ada/feed')).status).toBe(403);
    const expired = new Api(hub.url, await backend.tokenFor('ada', { expiresIn: -1 }));
    expect((await expired.get('/v1/users/ada/feed')).status).toBe(401);
  });

  test('the space is that of the backend, or of the token', async () => {
    const elsewhere = createHubServer({ url: hub.url, secret: SECRET, issuer, audience, space: 'elsewhere' });
    const event = await elsewhere.event({ name: 'x', user });
    const path = `/v1/events?user=${encodeURIComponent(user)}`;
    const tokens = [
      await elsewhere.tokenFor(user),
      await backend.tokenFor(user, { space: 'elsewhere', scope: 'feed log' }),
      await backend.tokenFor(user),
    ];
    const lists = await Promise.all(tokens.map((token) => new Api(hub.url, token).get<Page<Event>>(path)));
    expect(lists.map((list) => list.body.items)).toEqual([[event], [event], []]);
  });
});

describe('without a retry', () => {
  test('a refused call fails with a reason', async () => {
    const startedAt = performance.now();
    await expect(backend.event({ name: '' })).rejects.toMatchObject({
      name: 'HubError',
      code: 'invalid_input',
      retryable: false,
      fields: [{ path: 'name', message: 'must not be empty' }],
    });
    const stranger = createHubServer({ url: hub.url, secret: 'another secret than that of the hub' });
    await expect(stranger.event({ name: 'x' })).rejects.toMatchObject({
      code: 'unauthenticated',
      fields: [],
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('a call with data that is not JSON fails', async () => {
    const circle: Record<string, unknown> = { actor: null, verb: 'did' };
    circle.itself = circle;
    const log = backend.log(circle as unknown as Parameters<HubServer['log']>[0]);
    await expect(log).rejects.toMatchObject({ name: 'HubError', code: 'invalid_input' });
  });

  test('an address or a secret that cannot be one is refused at once', () => {
    expect(() => createHubServer({ url: 'hub', secret: SECRET })).toThrow(/^url must be/);
    expect(() => createHubServer({ url: hub.url, secret: '' })).toThrow(
      /^secret must have at least 32 bytes/,
    );
    const short = 's'.repeat(31);
    expect(() => createHubServer({ url: hub.url, secret: short })).toThrow(
      /^secret must have at least 32 bytes/,
    );
  });
});

describe('over a lossy network', () => {
  const over = ({ url }: LossyNetwork) => createHubServer({ url, secret: SECRET, issuer, audience });
  const calls: Array<[string, (of: HubServer) => Promise<unknown>, () => Promise<number>]> = [
    [
      'an event',
      (of) => of.event({ name: 'x', user }),
      async () => {
        const api = new Api(hub.url, await backend.tokenFor(user));
        return (await api.get<Page<Event>>('/v1/events')).body.items.length;
      },
    ],
    [
      'an action',
      (of) => of.log({ actor: 'user:grace', verb: 'did', notify: [user] }, { wait: true }),
      async () => (await feed()).items.length,
    ],
    [
      'a batch',
      (of) => of.log([{ actor: 'user:grace', verb: 'did', notify: [user] }], { wait: true }),
      async () => (await feed()).items.length,
    ],
  ];

  test.each(calls)('%s arrives exactly once', async (_what, call, count) => {
    const network = await LossyNetwork.open(hub.url, 'cut', 'away', 'lost', 'strange', 'through');
    try {
      await call(over(network));
      expect(network.outcomes).toEqual([]);
      expect(network.keys).toHaveLength(5);
      expect(new Set(network.keys).size).toBe(1);
      expect(network.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    } finally {
      network.close();
    }
    expect(await count()).toBe(1);
  });

  test.each<[RequestOutcome, object]>([
    ['away', { code: 'unavailable', retryable: true, message: 'away' }],
    ['strange', { code: 'unavailable', retryable: true }],
    ['cut', { code: 'disconnected', retryable: true }],
  ])('a call that is %s five times fails', async (fate, error) => {
    const network = await LossyNetwork.open(hub.url, fate, fate, fate, fate, fate);
    try {
      await expect(over(network).event({ name: 'x', user })).rejects.toMatchObject({
        name: 'HubError',
        ...error,
      });
      expect(network.keys).toHaveLength(5);
    } finally {
      network.close();
    }
  });

  test.each<RequestOutcome>(['limited', 'overloaded'])(
    'a call that is %s waits for the given time, and is retried with the same key',
    async (fate) => {
      const network = await LossyNetwork.open(hub.url, fate, fate, 'through');
      try {
        const startedAt = performance.now();
        await over(network).log({ actor: 'user:grace', verb: 'did', notify: [user] }, { wait: true });
        expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2_000);
        expect(network.keys).toHaveLength(3);
        expect(new Set(network.keys).size).toBe(1);
      } finally {
        network.close();
      }
      expect((await feed()).items).toHaveLength(1);
    },
  );

  test('a call with a retry time that is too long fails at once, with that time', async () => {
    const network = await LossyNetwork.open(hub.url, 'limited', 'limited');
    network.retryAfter = '120';
    try {
      await expect(over(network).event({ name: 'x', user })).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterMs: 120_000,
      });
      expect(network.keys).toHaveLength(1);
    } finally {
      network.close();
    }
  });

  test('an aborted call rejects at once, also while it waits', async () => {
    const network = await LossyNetwork.open(hub.url, 'limited', 'limited');
    network.retryAfter = '20';
    try {
      const giveUp = new AbortController();
      const reason = new Error('no longer needed');
      const called = over(network).event({ name: 'x', user }, { signal: giveUp.signal });
      await until(() => network.keys.length === 1, 'the first attempt');
      giveUp.abort(reason);
      await expect(called).rejects.toBe(reason);
      await expect(over(network).event({ name: 'x', user }, { signal: giveUp.signal })).rejects.toBe(reason);
      expect(network.keys).toHaveLength(1);
    } finally {
      network.close();
    }
  });

  test('options that cannot be right throw at once', () => {
    for (const options of [{ url: hub.url }, { url: hub.url, secret: undefined }]) {
      expect(() => Reflect.apply(createHubServer, undefined, [options])).toThrow(/^secret must be/);
    }
    for (const url of [undefined, '', 'hub.example.com', 'localhost:3000', '/hub']) {
      const options = { url, secret: SECRET };
      expect(() => Reflect.apply(createHubServer, undefined, [options])).toThrow(/^url must be an address/);
    }
  });

  test('a redirected call fails', async () => {
    const network = await LossyNetwork.open(hub.url, 'elsewhere');
    try {
      await expect(over(network).log({ actor: null, verb: 'did' })).rejects.toMatchObject({
        code: 'internal',
        retryable: false,
        message: expect.stringContaining('301, a redirect'),
      });
    } finally {
      network.close();
    }
  });

  test('an unreachable hub is reported', async () => {
    const network = await LossyNetwork.open(hub.url);
    const alone = over(network);
    network.close();
    await expect(alone.event({ name: 'x' })).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
