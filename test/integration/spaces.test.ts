/** Spaces are isolated, and reading a space does not create it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { databasesOf, emptyCounts, storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('equal users and objects of two spaces are separate', async () => {
  const spaces = ['red', 'blue', 'default'];
  const services = await Promise.all(spaces.map((space) => hub.service({ space })));
  const [red, blue, plain] = services;
  if (!red || !blue || !plain) throw new Error('there are three');
  const sockets = await Promise.all(spaces.map((space) => hub.socket('ada', { space })));

  await red.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });
  const input = { actor: 'user:bob', verb: 'did', targets: 'project:p1' };
  const inBlue = await blue.post<LogAnswer>('/v1/actions?wait=1', { ...input, notify: ['ada'] });
  const inRed = await red.post<LogAnswer>('/v1/actions?wait=1', input);
  await plain.post<LogAnswer>('/v1/actions?wait=1', input);
  const [redId = ''] = inRed.body.ids;
  const [blueId = ''] = inBlue.body.ids;

  const feeds = await Promise.all(services.map((api) => api.get<FeedPage>('/v1/users/ada/feed')));
  expect(feeds.map((feed) => feed.body.items.map((item) => item.action.id))).toEqual([[redId], [blueId], []]);
  expect(feeds.map((feed) => feed.body.counts.unread)).toEqual([1, 1, 0]);
  await until(() => sockets.filter((socket) => socket.counts.length > 0).length === 2);
  expect(sockets.map((socket) => socket.items.map((push) => push.item.action.id))).toEqual([
    [redId],
    [blueId],
    [],
  ]);

  expect((await red.get(`/v1/actions/${redId}`)).status).toBe(200);
  expect((await blue.get(`/v1/actions/${redId}`)).status).toBe(404);
  const bob = await hub.api('bob', { space: 'blue' });
  expect((await bob.get(`/v1/actions/${redId}`)).status).toBe(403);

  const ids = feeds.flatMap((feed) => feed.body.items.map((item) => item.id));
  expect(await blue.post('/v1/users/ada/feed/read', { ids })).toMatchObject({ body: { changed: 1 } });
  expect((await red.get<FeedPage>('/v1/users/ada/feed')).body.counts.unread).toBe(1);
  await blue.post('/v1/users/ada/untrack', { from: 'project:p1' });
  expect(await storedCountsOf(hub, 'red')).toMatchObject({ actions: 1, trackers: 1, items: 1 });
  expect(await storedCountsOf(hub, 'blue')).toMatchObject({ actions: 1, trackers: 0, items: 1 });
  expect(await storedCountsOf(hub)).toMatchObject({ actions: 1, trackers: 0, items: 0 });
});

test('reads and refused calls in an unknown space create no database', async () => {
  const before = await databasesOf(hub);
  const api = await hub.service({ space: 'unknown' });
  for (const path of ['feed', 'feed/counts', 'feed/changes?position=0000000000000000']) {
    expect((await api.get(`/v1/users/ada/${path}`)).status).toBe(200);
  }
  expect((await api.get('/v1/actions/01ARZ3NDEKTSV4RRFFQ69G5FAV')).status).toBe(404);
  expect((await api.post('/v1/users/ada/untrack', { from: 'a:1' })).status).toBe(202);
  expect((await api.post('/v1/actions', { actor: 'user:ada', verb: '' })).status).toBe(400);
  const ada = await hub.api('ada', { space: 'unknown', objects: [] });
  expect((await ada.post('/v1/users/ada/track', { to: 'a:1' })).status).toBe(403);
  expect((await ada.post('/v1/actions', { actor: 'user:bob', verb: 'did' })).status).toBe(403);
  const socket = await hub.socket('ada', { space: 'unknown' });
  expect(await socket.get<FeedPage>('feed:list', {})).toMatchObject({ items: [], nextCursor: null });
  expect(await databasesOf(hub)).toEqual(before);

  expect((await api.post('/v1/users/ada/track', { to: 'a:1' })).status).toBe(202);
  expect(await databasesOf(hub)).toHaveLength(before.length + 1);
  expect(await storedCountsOf(hub, 'unknown')).toEqual({ ...emptyCounts, trackers: 1 });
});

test('a name of 32 characters is a space like any other', async () => {
  const space = `9${'a-'.repeat(15)}z`;
  const api = await hub.service({ space });
  const logged = await api.post<LogAnswer>('/v1/actions?wait=1', {
    actor: 'user:a',
    verb: 'did',
    notify: ['ada'],
  });
  expect(logged.status).toBe(200);
  expect((await api.get<FeedPage>('/v1/users/ada/feed')).body.items).toHaveLength(1);
});
