/** Concurrent untracking and tracking, with a history longer than the first page; and requests after a reset. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const HISTORY_LENGTH = 150;

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

/** A user with this many unread items about one object. */
async function scene(
  user: string,
  past = HISTORY_LENGTH,
): Promise<{ api: Api; path: string; object: string }> {
  const [api, path, object] = [await hub.api(user), `/v1/users/${user}`, `project:${user}`];
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });
  const action = { actor: 'user:bob', verb: 'did', targets: object, groupingDelay: -1 };
  const { status } = await service.post('/v1/actions?wait=1', { actions: Array(past).fill(action) });
  expect(status).toBe(200);
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(past);
  return { api, path, object };
}

const isUpToDate = (api: Api, path: string, object: string) =>
  api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });

test('items come back read after an untrack followed by a track', async () => {
  const { api, path, object } = await scene('quick');
  await api.post(`${path}/untrack`, { from: object });
  await isUpToDate(api, path, object);
  const items = await wholeFeed(api, 'quick');
  expect(items).toHaveLength(HISTORY_LENGTH);
  expect(items.filter((item) => item.unread)).toEqual([]);
});

test('concurrent untrack and track leave all items unread, all read, or none', async () => {
  const { api, path, object } = await scene('both');
  await Promise.all([
    api.post(`${path}/untrack?wait=1`, { from: object }),
    api.post(`${path}/track?wait=1`, { to: object, actorOnly: false }),
  ]);
  const { body } = await api.get<{ items: unknown[] }>(`${path}/trackers`);
  const items = await wholeFeed(api, 'both');
  const unread = items.filter((item) => item.unread).length;
  if (body.items.length === 0) expect(items).toEqual([]);
  else expect([items.length, unread]).toEqual([HISTORY_LENGTH, 0]);
});

test('items that another tracker matches keep their marks', async () => {
  const { api, path, object } = await scene('held');
  await api.post(`${path}/track?wait=1`, { to: 'project', actorOnly: false });
  await api.post(`${path}/untrack`, { from: object });
  await isUpToDate(api, path, object);
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(HISTORY_LENGTH);
});

test('a change of settings and back redelivers only items that left', async () => {
  const { api, path, object } = await scene('narrow');
  await api.post(`${path}/track`, { to: object, actorOnly: false, verbs: ['did', 'other'] });
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });
  const kept = await api.get<FeedPage>(`${path}/feed`);
  expect(kept.body.counts.unread).toBe(HISTORY_LENGTH);
  await api.post(`${path}/track`, { to: object, actorOnly: false, verbs: ['other'] });
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false, since: new Date().toISOString() });
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(0);
});

test('late actions are delivered according to the tracker that matches them', async () => {
  const [api, path] = [await hub.api('late'), '/v1/users/late'];
  const action = { actor: 'user:bob', verb: 'did', targets: 'milestone:m1', groupingDelay: -1 };
  await service.post('/v1/actions?wait=1', { actions: Array(HISTORY_LENGTH).fill(action) });
  await api.post(`${path}/track`, { to: 'milestone:m1', actorOnly: false });
  const since = '2020-01-01T00:00:00Z';
  await api.post(`${path}/track?wait=1`, { to: 'milestone', actorOnly: false, since });
  await isUpToDate(api, path, 'milestone:m1');
  const items = await wholeFeed(api, 'late');
  expect(items).toHaveLength(HISTORY_LENGTH);
  expect(items.filter((item) => item.unread)).toEqual([]);
});

test('a client gets one reset only', async () => {
  const { api, path, object } = await scene('reset', 250);
  const before = (await api.get<FeedPage>(`${path}/feed`)).body.position;
  const changes = async (position: string) =>
    (await api.get<FeedChanges>(`${path}/feed/changes?position=${position}`)).body;
  await api.post(`${path}/untrack?wait=1`, { from: object });
  await until(async () => (await changes(before)).reset, 'too many changes for a list');
  const { position } = (await api.get<FeedPage>(`${path}/feed`)).body;
  const first = await changes(position);
  expect(first.reset).toBe(false);
  expect((await changes(first.position)).reset).toBe(false);
  expect((await changes(before)).reset).toBe(true);
});
