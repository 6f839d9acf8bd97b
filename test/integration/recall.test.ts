/** `DELETE /v1/actions/:id` removes an action from feeds, counts and watches. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FeedChanges, FeedPage, LogAnswer, Page, WatchResponse } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

let tests = 0;
let project: string;
let user: string;
let ada: TestSocket;
beforeEach(async () => {
  tests += 1;
  project = `project:${tests}`;
  user = `ada-${tests}`;
  await service.post(`/v1/users/${user}/track`, { to: project, actorOnly: false });
  ada = await hub.socket(user);
});

async function log(action: Record<string, unknown> = {}, wait = true): Promise<string> {
  const path = wait ? '/v1/actions?wait=1' : '/v1/actions';
  const input = { actor: `user:bob-${tests}`, verb: 'wrote', targets: project, ...action };
  const { body } = await service.post<LogAnswer>(path, input);
  return body.ids[0] ?? '';
}

const recall = (id: string, query = '?wait=1') =>
  service.send<{ id: string } & Problem>('DELETE', `/v1/actions/${id}${query}`);
const feed = async () => (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body;
const actionsOf = async (page: Promise<FeedPage>) => (await page).items.map(({ action }) => action.id);

test('a recalled action leaves the feed, the counts and the page that shows it', async () => {
  const kept = await log();
  const id = await log({ groupingDelay: -1 });
  const { position } = await feed();
  await until(() => ada.items.length === 2);
  const response = await recall(id);
  expect(response).toMatchObject({ status: 200, body: { id } });
  expect(await feed()).toMatchObject({ items: [{ action: { id: kept } }], counts: { unread: 1, unseen: 1 } });
  await until(() => ada.removed.length > 0 && ada.counts.at(-1)?.unread === 1);
  expect(ada.removed).toMatchObject([
    { ids: [ada.items.find(({ item }) => item.action.id === id)?.item.id] },
  ]);
  const changes = await service.get<FeedChanges>(`/v1/users/${user}/feed/changes?position=${position}`);
  expect(changes.body).toMatchObject({ removed: ada.removed[0]?.ids, counts: { unread: 1 } });
  expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
  const about = await service.get<Page<{ id: string }>>(`/v1/objects/${project}/actions`);
  expect(about.body.items.map((action) => action.id)).toEqual([kept]);
});

test('without `wait` the response is 202, and its newest items are already removed', async () => {
  const id = await log();
  expect((await recall(id, '')).status).toBe(202);
  expect((await feed()).items).toEqual([]);
});

test('watchers are notified', async () => {
  const { watch } = await ada.get<WatchResponse>('watch', { object: project });
  const id = await log();
  await until(() => ada.watched.length === 1);
  await recall(id);
  await until(() => ada.unwatched.length === 1);
  expect(ada.unwatched).toEqual([{ watch, ids: [id] }]);
});

test('a repeated recall has the same response', async () => {
  const id = await log();
  expect((await recall(id)).body).toEqual({ id });
  expect(await recall(id)).toMatchObject({ status: 200, body: { id } });
});

test('the id of a grouped action recalls the whole group', async () => {
  const first = await log();
  const second = await log({ groupingDelay: 60 });
  expect(await actionsOf(feed())).toEqual([first]);
  expect((await recall(second)).body).toEqual({ id: first });
  expect(await actionsOf(feed())).toEqual([]);
  for (const id of [first, second]) expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
  // A new action finds nothing to merge into.
  const third = await log({ groupingDelay: 60 });
  expect(await actionsOf(feed())).toEqual([third]);
});

test('an unknown id is not found', async () => {
  expect(await recall('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
});

test('only the service scope recalls, whether the action exists or not', async () => {
  const id = await log({ actor: `user:${user}` });
  const own = await hub.api(user);
  for (const each of [id, 'nothing']) {
    expect((await own.send('DELETE', `/v1/actions/${each}`)).status).toBe(403);
  }
  expect((await service.get(`/v1/actions/${id}`)).status).toBe(200);
});

describe('with no worker', () => {
  test('a pending action is recalled, and never appears', async () => {
    await hub.stopWorkers();
    const id = await log({}, false);
    const later = await log({ groupingDelay: -1 }, false);
    expect(await recall(id, '')).toMatchObject({ status: 202, body: { id } });
    await hub.addWorker();
    await until(async () => (await storedCountsOf(hub)).pending === 0);
    expect(await actionsOf(feed())).toEqual([later]);
    expect(ada.items.map(({ item }) => item.action.id)).toEqual([later]);
    expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
  });
});

test('an action of many followers leaves all feeds', { timeout: 60_000 }, async () => {
  const users = Array.from({ length: 1_000 }, (_, index) => `${user}-${index}`);
  const id = await log({ notify: users });
  expect((await recall(id)).status).toBe(200);
  for (const each of [users[0], users[500], users[999], user]) {
    const { body } = await service.get<FeedPage>(`/v1/users/${each}/feed`);
    expect(body).toMatchObject({ items: [], counts: { unread: 0 } });
  }
});
