/** A deleted user loses its data and is locked out. Its actions are kept or deleted, as for any object. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Action, FeedChanges, FeedPage, LogAnswer, Page, Tracker } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
  service = await hub.service();
});
afterAll(() => hub.close());

let tests = 0;
let user: string;
let project: string;
beforeEach(async () => {
  tests += 1;
  user = `ada-${tests}`;
  project = `project:${tests}`;
  await service.post(`/v1/users/${user}/track?wait=1`, { to: [project, 'team:1'], actorOnly: false });
});

const remove = (body: unknown = {}, query = '?wait=1') =>
  service.post(`/v1/objects/user:${user}/deleted${query}`, body);
async function log(action: Record<string, unknown> = {}, wait = true): Promise<string> {
  const input = { actor: `user:bob-${tests}`, verb: 'wrote', targets: project, groupingDelay: -1, ...action };
  const { body } = await service.post<LogAnswer>(wait ? '/v1/actions?wait=1' : '/v1/actions', input);
  return body.ids[0] ?? '';
}
const feed = async (id = user) => (await service.get<FeedPage>(`/v1/users/${id}/feed`)).body;

test('the trackers and the feed of a deleted user are deleted, and it gets no new items', async () => {
  await log();
  await log({ notify: [user] });
  const { position } = await feed();
  const other = await log({ targets: 'issue:1', notify: [user, `cleo-${tests}`] });
  const response = await remove();
  expect(response).toMatchObject({ status: 200, body: { type: 'user', id: user, deleted: true } });
  const nothing = { items: [], counts: { unread: 0, unseen: 0 } };
  expect(await feed()).toMatchObject(nothing);
  const owned = await service.get<Page<Tracker>>(`/v1/users/${user}/trackers`);
  expect(owned.body.items).toEqual([]);

  await log({ notify: [user] });
  await log({ groupingDelay: 3_600, targets: 'issue:1' });
  expect(await feed()).toMatchObject(nothing);
  expect((await feed(`cleo-${tests}`)).items.map(({ action }) => action.id)).toContain(other);
  const changes = await service.get<FeedChanges>(`/v1/users/${user}/feed/changes?position=${position}`);
  expect(changes.body).toMatchObject({ ...nothing, removed: [], reset: true });
});

test('nothing is left of a deleted user’s items in the database', async () => {
  const before = await storedCountsOf(hub);
  await log();
  await log();
  expect((await storedCountsOf(hub)).items).toBe(before.items + 2);
  await remove();
  expect((await storedCountsOf(hub)).items).toBe(before.items);
});

test('the token of a deleted user is refused by every gateway, over HTTP and in handshakes', async () => {
  const [here, there] = [await hub.api(user), await hub.api(user, {}, hub.urls[1])];
  const path = `/v1/users/${user}/feed`;
  for (const api of [here, there]) expect((await api.get(path)).status).toBe(200);
  await remove();
  for (const api of [here, there]) {
    await until(async () => (await api.get(path)).status === 401);
    expect((await api.get<Problem>(path)).body).toMatchObject({
      code: 'unauthenticated',
      detail: 'the user was deleted',
      retryable: false,
    });
    expect((await api.post('/v1/actions', { actor: `user:${user}`, verb: 'wrote' })).status).toBe(401);
  }
  for (const url of hub.urls) {
    const connecting = hub.socket(user, {}, url);
    await expect(connecting).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the user was deleted',
    });
  }
  expect((await (await hub.api(user, { space: 'other' })).get(path)).status).toBe(200);
  // A service may use any subject.
  expect((await (await hub.api(user, { scope: 'service' })).get(path)).status).toBe(200);
});

test('the connections of a deleted user end at once, at every gateway; those of others stay', async () => {
  const sockets = await Promise.all(hub.urls.map((url) => hub.socket(user, {}, url)));
  const withoutFeed = await hub.socket(user, { scope: 'log' });
  const others = [await hub.socket(`cleo-${tests}`), await hub.socket(user, { scope: 'service' })];
  await remove();
  for (const socket of [...sockets, withoutFeed]) {
    await until(() => !socket.raw.connected);
    expect(socket.otherEvents).toEqual(['session:expired']);
  }
  for (const socket of others) expect(socket.raw.connected).toBe(true);
});

test('nobody can create trackers for a deleted user, or track it again', async () => {
  await remove();
  for (const response of [
    await service.post<Problem>(`/v1/users/${user}/track`, { to: 'team:2' }),
    await service.post<Problem>(`/v1/users/cleo/track`, { to: `user:${user}` }),
    await service.post<Problem>('/v1/trackers', { trackers: [{ user, to: 'team:2' }] }),
  ]) {
    expect(response).toMatchObject({ status: 410, body: { code: 'gone' } });
  }
});

test('the actions of a deleted user stay with the tombstone, or are deleted', async () => {
  const cleo = `cleo-${tests}`;
  await service.post(`/v1/users/${cleo}/track?wait=1`, { to: `user:${user}` });
  const id = await log({ actor: { type: 'user', id: user, name: 'Ada' } });
  await remove();
  const { body } = await service.get<Action>(`/v1/actions/${id}`);
  expect(body.actor).toMatchObject({ name: 'Ada', deleted: true, description: 'Ada' });
  expect((await feed(cleo)).items).toMatchObject([{ action: { id, actor: { deleted: true } } }]);
  await remove({ actions: 'delete' });
  expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
  expect(await feed(cleo)).toMatchObject({ items: [], counts: { unread: 0 } });
});

test('queued actions are not delivered to a deleted user', async () => {
  await hub.stopWorkers();
  await log({}, false);
  await log({ notify: [user] }, false);
  await remove({}, '');
  await hub.addWorker();
  await until(async () => (await storedCountsOf(hub)).pending === 0);
  expect(await feed()).toMatchObject({ items: [], counts: { unread: 0 } });
});
