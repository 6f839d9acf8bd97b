/** Untracking and tracking at once, over a history that is longer than what a call brings in itself; and what follows a reset. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeding.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const PAST = 150;

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

/** A user who has so many unread items about one object. */
async function scene(user: string, past = PAST): Promise<{ api: Api; path: string; object: string }> {
  const [api, path, object] = [await hub.api(user), `/v1/users/${user}`, `project:${user}`];
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });
  const action = { actor: 'user:bob', verb: 'did', targets: object, groupingDelay: -1 };
  const { status } = await service.post('/v1/actions?wait=1', { actions: Array(past).fill(action) });
  expect(status).toBe(200);
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(past);
  return { api, path, object };
}

const settled = (api: Api, path: string, object: string) =>
  api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });

test('what is untracked and tracked again right away comes back read', async () => {
  const { api, path, object } = await scene('quick');
  await api.post(`${path}/untrack`, { from: object });
  await settled(api, path, object);
  const items = await wholeFeed(api, 'quick');
  expect(items).toHaveLength(PAST);
  expect(items.filter((item) => item.unread)).toEqual([]);
});

test('what is untracked and tracked at once is all unread, all read or gone', async () => {
  const { api, path, object } = await scene('both');
  await Promise.all([
    api.post(`${path}/untrack?wait=1`, { from: object }),
    api.post(`${path}/track?wait=1`, { to: object, actorOnly: false }),
  ]);
  const { body } = await api.get<{ items: unknown[] }>(`${path}/trackers`);
  const items = await wholeFeed(api, 'both');
  const unread = items.filter((item) => item.unread).length;
  if (body.items.length === 0) expect(items).toEqual([]);
  else expect([items.length, unread]).toEqual([PAST, 0]);
});

test('what another tracker held all the while keeps its marks', async () => {
  const { api, path, object } = await scene('held');
  await api.post(`${path}/track?wait=1`, { to: 'project', actorOnly: false });
  await api.post(`${path}/untrack`, { from: object });
  await settled(api, path, object);
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(PAST);
});

test('other settings and the old ones again let in anew only what left', async () => {
  const { api, path, object } = await scene('narrow');
  await api.post(`${path}/track`, { to: object, actorOnly: false, verbs: ['did', 'other'] });
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false });
  const kept = await api.get<FeedPage>(`${path}/feed`);
  expect(kept.body.counts.unread).toBe(PAST);
  await api.post(`${path}/track`, { to: object, actorOnly: false, verbs: ['other'] });
  await api.post(`${path}/track?wait=1`, { to: object, actorOnly: false, since: new Date().toISOString() });
  const { body } = await api.get<FeedPage>(`${path}/feed`);
  expect(body.counts.unread).toBe(0);
});

test('what comes in late arrives as by the tracker that brings it in', async () => {
  const [api, path] = [await hub.api('late'), '/v1/users/late'];
  const action = { actor: 'user:bob', verb: 'did', targets: 'milestone:m1', groupingDelay: -1 };
  await service.post('/v1/actions?wait=1', { actions: Array(PAST).fill(action) });
  await api.post(`${path}/track`, { to: 'milestone:m1', actorOnly: false });
  const since = '2020-01-01T00:00:00Z';
  await api.post(`${path}/track?wait=1`, { to: 'milestone', actorOnly: false, since });
  await settled(api, path, 'milestone:m1');
  const items = await wholeFeed(api, 'late');
  expect(items).toHaveLength(PAST);
  expect(items.filter((item) => item.unread)).toEqual([]);
});

test('a client that was told to reload is told once', async () => {
  const { api, path, object } = await scene('reset', 250);
  const before = (await api.get<FeedPage>(`${path}/feed`)).body.position;
  const changes = async (position: string) =>
    (await api.get<FeedChanges>(`${path}/feed/changes?position=${position}`)).body;
  await api.post(`${path}/untrack?wait=1`, { from: object });
  await until(async () => (await changes(before)).reset, 'more changed than is told one by one');
  const { position } = (await api.get<FeedPage>(`${path}/feed`)).body;
  const first = await changes(position);
  expect(first.reset).toBe(false);
  expect((await changes(first.position)).reset).toBe(false);
  expect((await changes(before)).reset).toBe(true);
});
