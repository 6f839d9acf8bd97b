import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  Action,
  LogAnswer,
  Page,
  RenderedAction,
  TrackersAnswer,
  WatchResponse,
} from '../../protocol/entities.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
import { TestSocket as Sockets } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let red: Api;
let blue: Api;
let watcher: TestSocket;
/** The ids of the only action and the only tracker, both in the space red. */
let action = '';
let tracker = '';
/** The position in the space blue before any change in red. */
let position = '';

beforeAll(async () => {
  hub = await TestHub.start();
  [red, blue] = [await hub.service({ space: 'red' }), await hub.service({ space: 'blue' })];
  watcher = await Sockets.connect(hub.url, await tokenFor('ada', { space: 'blue' }));
  ({ position } = await watcher.get<WatchResponse>('watch', { object: 'issue:7' }));
  const track = { to: 'project:p1', actorOnly: false };
  tracker = (await red.post<TrackersAnswer>('/v1/users/ada/track?wait=1', track)).body.trackers[0]?.id ?? '';
  const closed = { actor: 'user:bob', verb: 'closed', targets: 'issue:7', related: 'project:p1' };
  action = (await red.post<LogAnswer>('/v1/actions?wait=1', closed)).body.ids[0] ?? '';
  await red.post('/v1/events', { name: 'UserLoggedIn', user: 'ada', related: 'issue:7' });
});
afterAll(async () => {
  watcher.close();
  await hub.close();
});

describe('of another space', () => {
  const lists = (): string[] => [
    '/v1/actions',
    '/v1/objects/issue:7/actions',
    '/v1/objects/project:p1/trackers',
    '/v1/objects/project:p1/trackers/users',
    '/v1/users/ada/trackers',
    '/v1/users/ada/tracked',
    '/v1/users/ada/feed',
    `/v1/users/ada/feed/changes?position=${position}`,
    '/v1/events',
    '/v1/objects/issue:7/events',
    '/v1/users/ada/events/stats',
  ];

  test('nothing is in any list', async () => {
    for (const path of lists()) {
      const [there, here] = [await red.get<Page<unknown>>(path), await blue.get<Page<unknown>>(path)];
      expect([path, there.status, there.body.items.length]).toEqual([path, 200, 1]);
      expect([path, here.status, here.body.items]).toEqual([path, 200, []]);
    }
    expect((await blue.get('/v1/users/ada/events/latest')).body).toEqual({ event: null });
    expect((await red.get('/v1/users/ada/events/latest')).body).not.toEqual({ event: null });
  });

  test('nothing is found by its id, rendered, or recalled', async () => {
    expect((await red.get(`/v1/trackers/${tracker}/actions`)).status).toBe(200);
    expect((await blue.get(`/v1/trackers/${tracker}/actions`)).status).toBe(404);
    expect((await blue.get(`/v1/actions/${action}`)).status).toBe(404);
    const rendered = await red.post<RenderedAction[]>('/v1/actions/render', { ids: [action] });
    expect(rendered.body).toHaveLength(1);
    expect((await blue.post('/v1/actions/render', { ids: [action] })).status).toBe(404);
    expect((await blue.send('DELETE', `/v1/actions/${action}`)).status).toBe(404);
    expect((await red.get<Action>(`/v1/actions/${action}`)).body.id).toBe(action);
  });

  test('nothing is pushed to watchers, or reported as missed', async () => {
    const own = { actor: 'user:bob', verb: 'reopened', targets: 'issue:7' };
    const { body } = await blue.post<LogAnswer>('/v1/actions?wait=1', own);
    await until(() => watcher.watched.length > 0);
    expect(watcher.watched.map((push) => push.action.id)).toEqual(body.ids);
    const missed = await watcher.get<WatchResponse>('watch', { object: 'issue:7', position });
    expect(missed.items.map(({ id }) => id)).toEqual(body.ids);
    await blue.send('DELETE', `/v1/actions/${body.ids[0]}?wait=1`);
  });

  test('no object is deleted, and no user', async () => {
    const [inRed, inBlue] = [
      await hub.socket('cleo', { space: 'red' }),
      await hub.socket('cleo', { space: 'blue' }),
    ];
    await red.post('/v1/objects/issue:9/deleted?wait=1', { actions: 'delete' });
    await red.post('/v1/objects/user:cleo/deleted?wait=1', {});
    expect((await inBlue.get<WatchResponse>('watch', { object: 'issue:9' })).items).toEqual([]);
    const track = { to: 'issue:9' };
    expect((await red.post('/v1/users/ada/track', track)).status).toBe(410);
    expect((await blue.post('/v1/users/ada/track?wait=1', track)).status).toBe(200);
    await blue.post('/v1/users/ada/untrack?wait=1', { from: 'issue:9' });
    await until(() => inRed.raw.disconnected);
    const feed = '/v1/users/cleo/feed';
    expect((await (await hub.api('cleo', { space: 'red' })).get(feed)).status).toBe(401);
    expect((await (await hub.api('cleo', { space: 'blue' })).get(feed)).status).toBe(200);
  });
});

describe('a request cannot choose a space', () => {
  test('in its address, its headers or its body', async () => {
    const feed = '/v1/users/ada/feed';
    expect((await blue.get(`${feed}?space=red`)).status).toBe(400);
    const requested = { space: 'red', 'x-space': 'red', 'x-hubbub-space': 'red', host: 'red.example.com' };
    const { body } = await blue.send<Page<unknown>>('GET', feed, undefined, requested);
    expect(body.items).toEqual([]);
    expect((await blue.post('/v1/users/ada/track', { to: 'a:1', space: 'red' })).status).toBe(400);
    expect((await blue.post('/v1/events', { name: 'Named', space: 'red' })).status).toBe(400);
    // In an action it is an undeclared field, so it becomes data.
    const odd = { actor: 'user:bob', verb: 'spaced', space: 'red' };
    const logged = await blue.post<LogAnswer>('/v1/actions?wait=1', odd);
    expect((await blue.get<Action>(`/v1/actions/${logged.body.ids[0]}`)).body.data).toEqual({ space: 'red' });
    expect((await red.get(`/v1/actions/${logged.body.ids[0]}`)).status).toBe(404);
  });

  test('in its handshake or its payload', async () => {
    const socket = await hub.socket('ada', { space: 'blue' }, hub.url, { space: 'red' });
    expect(await socket.get('feed:list', {})).toMatchObject({ items: [] });
    for (const event of ['feed:list', 'watch', 'track', 'event', 'auth']) {
      const response = await socket.request(event, { space: 'red' });
      expect([event, response.ok ? 'ok' : response.error.code]).toEqual([event, 'invalid_input']);
    }
  });

  test('by renewing its token', async () => {
    const socket = await hub.socket('ada', { space: 'blue' });
    const response = await socket.request('auth', { token: await tokenFor('ada', { space: 'red' }) });
    expect(response).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect(await socket.get('feed:list', {})).toMatchObject({ items: [] });
  });
});
