/** A project with 10,000 actions; 1,000 of them are in each of 100 feeds. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Action, Counts, DeletedRef, FeedPage, LogAnswer, Page } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { countActions } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

const ACTIONS = 10_000;
const NOTIFIED_ACTIONS = 1_000;
const BATCH = 500;
const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 2 });
  service = await hub.service();
  for (let logged = 0; logged < ACTIONS; logged += BATCH) {
    const notify = logged >= ACTIONS - NOTIFIED_ACTIONS ? users : [];
    const actions = Array.from({ length: BATCH }, (_, index) => ({
      actor: `user:bob-${(logged + index) % 50}`,
      verb: 'wrote',
      targets: { type: 'project', id: 'large', name: 'Large' },
      related: `issue:${logged + index}`,
      groupingDelay: -1,
      notify,
    }));
    const { status } = await service.post<LogAnswer>('/v1/actions?wait=1', { actions });
    if (status !== 200) throw new Error(`a batch was answered with ${status}`);
  }
  await service.post('/v1/actions?wait=1', {
    actor: 'user:bob',
    verb: 'wrote',
    targets: 'project:other',
    notify: users,
  });
}, 180_000);
afterAll(() => hub.close());

const remove = (body: unknown, query = '') =>
  service.post<DeletedRef>(`/v1/objects/project:large/deleted${query}`, body);
const counts = async (user: string) => (await service.get<Counts>(`/v1/users/${user}/feed/counts`)).body;
const newest = async (user: string) =>
  (await service.get<FeedPage>(`/v1/users/${user}/feed?limit=100`)).body.items;

const newestOf = async (object: string) =>
  (await service.get<Page<Action>>(`/v1/objects/${object}/actions?limit=100`)).body.items;

/** A repeated deletion changes nothing, but can wait for the first. */
const untilDone = () =>
  until(async () => (await remove({}, '?wait=1')).status === 200, 'the deletion is complete', 180_000);

const showsDeleted = (action: Action): boolean => action.targets.every((ref) => 'deleted' in ref);

test('both modes are correct for every user, with the first page at once', { timeout: 400_000 }, async () => {
  const live = await Promise.all([users[0], users[50], users[99]].map((user) => hub.socket(user ?? '')));
  const all = { unread: 999, unseen: 999, capped: true };
  for (const user of users) expect(await counts(user)).toEqual(all);

  expect((await remove({ description: 'Large, once' })).status).toBe(202);
  const [other, ...page] = await newest('user-42');
  expect(other?.action.targets).toEqual([{ type: 'project', id: 'other' }]);
  expect(page).toHaveLength(99);
  expect(page.filter(({ action }) => !showsDeleted(action))).toEqual([]);
  await untilDone();
  await until(() => live.every((socket) => socket.otherEvents.includes('feed:reset')), 'pages get a reset');
  for (const user of users) expect(await counts(user)).toEqual(all);
  for (const user of ['user-0', 'user-73']) {
    const feed = await wholeFeed(service, user);
    expect(feed).toHaveLength(NOTIFIED_ACTIONS + 1);
    expect(feed.filter(({ action }) => showsDeleted(action))).toHaveLength(NOTIFIED_ACTIONS);
  }
  const [kept] = await newestOf('project:large');
  expect(kept?.targets).toMatchObject([{ name: 'Large', deleted: true, description: 'Large, once' }]);
  expect(await countActions(hub, { 'targets.deleted': true })).toBe(ACTIONS);

  for (const socket of live) socket.otherEvents.splice(0);
  expect((await remove({ actions: 'delete' })).status).toBe(202);
  await untilDone();
  expect(await newestOf('project:large')).toEqual([]);
  expect(await countActions(hub, { keys: 'project:large' })).toBe(0);
  for (const user of users) {
    expect(await counts(user)).toEqual({ unread: 1, unseen: 1, capped: false });
    expect((await newest(user)).map(({ action }) => action.targets)).toEqual([
      [{ type: 'project', id: 'other' }],
    ]);
  }
  await until(() => live.every((socket) => socket.otherEvents.includes('feed:reset')), 'pages get a reset');
  await until(() => live.every((socket) => socket.counts.at(-1)?.unread === 1));
});
