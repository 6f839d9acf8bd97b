/** `POST /v1/objects/:ref/deleted`: a deleted object is shown as deleted, or all its actions are deleted too. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type {
  Action,
  DeletedRef,
  FeedChanges,
  FeedPage,
  LogAnswer,
  Page,
  Tracker,
  WatchResponse,
} from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
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
let project: string;
let user: string;
let ada: TestSocket;
beforeEach(async () => {
  tests += 1;
  project = `project:${tests}`;
  user = `ada-${tests}`;
  await service.post(`/v1/users/${user}/track`, { to: project, actorOnly: false });
  ada = await hub.socket(user, {}, hub.urls[1]);
});

async function log(action: Record<string, unknown> = {}, wait = true): Promise<string> {
  const path = wait ? '/v1/actions?wait=1' : '/v1/actions';
  const actor = `user:bob-${tests}`;
  const input = { actor, verb: 'wrote', targets: project, groupingDelay: -1, ...action };
  const { body } = await service.post<LogAnswer>(path, input);
  return body.ids[0] ?? '';
}

const remove = (body: unknown = {}, query = '?wait=1', ref = project) =>
  service.post<DeletedRef & Problem>(`/v1/objects/${ref}/deleted${query}`, body);
const action = async (id: string) => (await service.get<Action & Problem>(`/v1/actions/${id}`)).body;
const feed = async () => (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body;
const ids = async () => (await feed()).items.map((item) => item.action.id);
const trackers = async () => (await service.get<Page<Tracker>>(`/v1/objects/${project}/trackers`)).body.items;
const left = (more: Partial<DeletedRef> = {}) => ({
  type: 'project',
  id: String(tests),
  deleted: true,
  description: String(tests),
  serialization: { id: String(tests) },
  ...more,
});

describe('when actions are kept', () => {
  test('actions stay and show the tombstone in every role, in feeds and watches', async () => {
    const target = await log({ targets: { type: 'project', id: String(tests), name: 'Website' } });
    const related = await log({ targets: 'issue:7', related: [project, 'project:other'] });
    const actor = await log({ actor: project, targets: 'issue:7' });
    await until(() => ada.items.length === 3);
    const { position } = await feed();
    const given = { description: 'The old website', serialization: { key: [1, null], $set: { 'a.b': 1 } } };
    const response = await remove(given);
    expect(response.status).toBe(200);
    expect(response.body).toEqual(left(given));

    expect((await action(target)).targets).toEqual([left({ name: 'Website', ...given })]);
    expect(await action(related)).toMatchObject({
      targets: [{ type: 'issue', id: '7' }],
      related: [left(given), { type: 'project', id: 'other' }],
    });
    expect((await action(actor)).actor).toEqual(left(given));
    expect(await feed()).toMatchObject({ counts: { unread: 3 } });
    expect(await ids()).toEqual([actor, related, target]);

    await until(() => ada.items.length === 6);
    const pushed = new Map([...ada.state().values()].map((item) => [item.action.id, item]));
    for (const item of (await feed()).items) expect(pushed.get(item.action.id)).toEqual(item);
    const changes = await service.get<FeedChanges>(`/v1/users/${user}/feed/changes?position=${position}`);
    expect(changes.body.items.map((item) => item.action.id).sort()).toEqual([actor, related, target].sort());
    expect(changes.body.items[0]?.action).toEqual(await action(changes.body.items[0]?.action.id ?? ''));
  });

  test('the description defaults to the name it was last shown with, and without one to the id', async () => {
    expect((await remove({}, '?wait=1', `project:nameless-${tests}`)).body).toMatchObject({
      description: `nameless-${tests}`,
      serialization: { id: `nameless-${tests}` },
    });
    await log({ targets: { type: 'project', id: String(tests), name: 'First' } });
    await log({ targets: { type: 'project', id: String(tests), name: 'Last', url: 'https://example.org/' } });
    expect((await remove()).body).toEqual(
      left({ name: 'Last', url: 'https://example.org/', description: 'Last' }),
    );
  });

  test('marks and positions in the feed stay', async () => {
    const [first] = [await log(), await log()];
    const before = await feed();
    const item = before.items.find((each) => each.action.id === first);
    await ada.get('feed:read', { ids: [item?.id] });
    await remove();
    const after = await feed();
    expect(after.items.map(({ id, at }) => ({ id, at }))).toEqual(
      before.items.map(({ id, at }) => ({ id, at })),
    );
    expect(after.items.map(({ unread }) => unread)).toEqual([true, false]);
    expect(after.counts.unread).toBe(1);
  });

  test('trackers stay, and later actions reach them with the tombstone', async () => {
    await remove({ description: 'gone' });
    expect(await trackers()).toHaveLength(1);
    const id = await log({ related: [{ type: 'project', id: String(tests), name: 'Website' }] });
    expect(await ids()).toEqual([id]);
    const tombstoneRef = left({ description: 'gone' });
    expect(await action(id)).toMatchObject({
      targets: [tombstoneRef],
      related: [{ ...tombstoneRef, name: 'Website' }],
    });
    await until(() => ada.items.length === 1);
    expect(ada.items[0]?.item.action.targets).toEqual([tombstoneRef]);
  });

  test('actions that were queued before the deletion show the tombstone', async () => {
    await hub.stopWorkers();
    const id = await log({}, false);
    expect((await remove({ description: 'gone' }, '')).status).toBe(202);
    await hub.addWorker();
    await until(async () => (await ids()).length === 1);
    expect((await action(id)).targets).toEqual([left({ description: 'gone' })]);
  });

  test('a group shows the tombstone of an object that a later member added', async () => {
    const first = await log({ groupingDelay: 0, targets: 'issue:1', related: 'issue:2' });
    await remove({ description: 'gone' });
    await log({ groupingDelay: 60, targets: 'issue:1', related: project });
    const grouped = await action(first);
    expect(grouped).toMatchObject({ count: 2, targets: [{ id: '1' }] });
    expect(grouped.related).toEqual([{ type: 'issue', id: '2' }, left({ description: 'gone' })]);
    expect(await ids()).toEqual([first]);
  });

  test('the deletion is permanent: the first one stays', async () => {
    await log();
    await remove({ description: 'first', serialization: 1 });
    const second = await remove({ description: 'second', serialization: 2 });
    expect(second.status).toBe(200);
    expect(second.body).toEqual(left({ description: 'first', serialization: 1 }));
  });

  test('watchers are notified, and new watches and trackers are refused', async () => {
    const { watch } = await ada.get<WatchResponse>('watch', { object: project });
    const id = await log();
    await until(() => ada.watched.length === 1);
    await remove({ description: 'gone' });
    await until(() => ada.watched.length === 2);
    expect(ada.watched[1]).toMatchObject({ watch, action: { id, targets: [left({ description: 'gone' })] } });
    expect(await ada.request('watch', { object: project })).toMatchObject({
      ok: false,
      error: { code: 'gone' },
    });
    const cleo = await hub.socket(`cleo-${tests}`);
    expect(await cleo.request('track', { to: project })).toMatchObject({
      ok: false,
      error: { code: 'gone' },
    });
    const own = await hub.api(`cleo-${tests}`);
    for (const response of [
      await own.post<Problem>(`/v1/users/cleo-${tests}/track`, { to: ['project:other', project] }),
      await service.post<Problem>('/v1/trackers', { trackers: [{ user: 'bob', to: project }] }),
    ]) {
      expect(response).toMatchObject({ status: 410, body: { code: 'gone' } });
    }
  });

  test('of two objects of one action each is shown as deleted', async () => {
    const id = await log({ related: `issue:${tests}` });
    await Promise.all([
      remove({ description: 'p' }),
      remove({ description: 'i' }, '?wait=1', `issue:${tests}`),
    ]);
    const { targets, related } = await action(id);
    expect([...targets, ...related]).toMatchObject([{ description: 'p' }, { description: 'i' }]);
    await until(() => {
      const shown = [...ada.state().values()][0]?.action;
      return [...(shown?.targets ?? []), ...(shown?.related ?? [])].every((ref) => 'deleted' in ref);
    });
  });
});

describe('when actions are deleted', () => {
  test('actions are removed from feeds, counts and pages, in every role; others stay', async () => {
    const removedIds = [
      await log(),
      await log({ targets: 'issue:7', related: project }),
      await log({ actor: project, targets: 'issue:7', notify: ['cleo'] }),
    ];
    const unrelated = await log({ targets: 'issue:7', notify: [user] });
    await until(() => ada.items.length === 4);
    const response = await remove({ actions: 'delete', description: 'gone' });
    expect(response).toMatchObject({ status: 200, body: { deleted: true, description: 'gone' } });
    expect(await ids()).toEqual([unrelated]);
    expect((await feed()).counts).toMatchObject({ unread: 1, unseen: 1 });
    for (const id of removedIds) expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
    const all = await service.get<Page<Action>>(`/v1/objects/${project}/actions`);
    expect(all.body.items).toEqual([]);
    await until(() => ada.counts.at(-1)?.unread === 1);
    const removed = ada.removed.flatMap((push) => push.ids);
    expect(removed.sort()).toEqual(
      ada.items.flatMap(({ item }) => (removedIds.includes(item.action.id) ? [item.id] : [])).sort(),
    );
  });

  test('trackers are removed, and later actions show the tombstone', async () => {
    await log();
    await remove({ actions: 'delete', description: 'gone' });
    expect(await trackers()).toEqual([]);
    const id = await log({ notify: [`cleo-${tests}`] });
    expect((await action(id)).targets).toEqual([left({ description: 'gone' })]);
    expect(await ids()).toEqual([]);
    const { body } = await service.get<FeedPage>(`/v1/users/cleo-${tests}/feed`);
    expect(body.items.map((item) => item.action.id)).toEqual([id]);
  });

  test('queued actions that were accepted before are deleted, but not those accepted after', async () => {
    const stored = await log();
    await hub.stopWorkers();
    const queued = [await log({}, false), await log({ targets: 'issue:7', related: project }, false)];
    const other = await log({ targets: 'issue:7', notify: [user] }, false);
    expect((await remove({ actions: 'delete' }, '')).status).toBe(202);
    const later = await log({ notify: [user] }, false);
    await hub.addWorker();
    await until(async () => (await storedCountsOf(hub)).pending === 0);
    await until(async () => (await trackers()).length === 0);
    expect((await ids()).sort()).toEqual([other, later].sort());
    for (const id of [stored, ...queued]) {
      expect((await service.get(`/v1/actions/${id}`)).status).toBe(404);
    }
    expect(await action(later)).toMatchObject({ targets: [{ deleted: true }] });
    expect((await feed()).counts.unread).toBe(2);
  });

  test('the deletion overrides an earlier keep, but not vice versa', async () => {
    const id = await log();
    await remove({ description: 'kept' });
    expect(await ids()).toEqual([id]);
    expect((await remove({ description: 'other', actions: 'delete' })).body.description).toBe('kept');
    expect(await ids()).toEqual([]);
    const later = await log({ notify: [user] });
    await remove({ actions: 'keep' });
    expect(await ids()).toEqual([later]);
  });

  test('watchers are notified', async () => {
    const { watch } = await ada.get<WatchResponse>('watch', { object: project });
    const id = await log();
    await until(() => ada.watched.length === 1);
    await remove({ actions: 'delete' });
    await until(() => ada.unwatched.length === 1);
    expect(ada.unwatched).toEqual([{ watch, ids: [id] }]);
    expect(await ada.request('watch', { object: project })).toMatchObject({
      ok: false,
      error: { code: 'gone' },
    });
  });

  test('users who lose many items get one reset, after the deletion', async () => {
    const actions = Array.from({ length: 350 }, () => ({
      actor: `user:bob-${tests}`,
      verb: 'wrote',
      targets: project,
      groupingDelay: -1,
    }));
    await service.post('/v1/actions?wait=1', { actions });
    await until(() => ada.items.length === 350);
    const { position } = await feed();
    await remove({ actions: 'delete' });
    await until(() => ada.otherEvents.includes('feed:reset'));
    expect(await feed()).toMatchObject({ items: [], counts: { unread: 0 } });
    expect(ada.removed.flatMap((push) => push.ids)).toHaveLength(200);
    const changes = await service.get<FeedChanges>(`/v1/users/${user}/feed/changes?position=${position}`);
    expect(changes.body).toMatchObject({ reset: true, counts: { unread: 0 } });
  });
});

describe('a deletion', () => {
  test.each([
    ['a description of 256 characters', { description: 'x'.repeat(256) }, 'description'],
    ['an empty description', { description: '' }, 'description'],
    ['a serialization of more than 64 KiB', { serialization: 'x'.repeat(65_537) }, 'serialization'],
    ['another mode', { actions: 'forget' }, 'actions'],
    ['an unknown field', { reason: 'none' }, 'reason'],
  ])('with %s is refused', async (_, body, path) => {
    expect(await remove(body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', fields: [{ path }] },
    });
    expect((await ada.request('track', { to: project })).ok).toBe(true);
  });

  test('of a class, or with a body that is no object, is refused', async () => {
    expect(await remove({}, '', 'project')).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'ref' }] },
    });
    expect((await remove([], '')).status).toBe(400);
  });

  test('by callers without the service scope is refused', async () => {
    const own = await hub.api(user);
    const response = await own.post<Problem>(`/v1/objects/${project}/deleted`, {});
    expect(response).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

test('no body means the defaults; the longest description is accepted', async () => {
  const path = `/v1/objects/${project}/deleted`;
  const response = await service.send<DeletedRef>('POST', path);
  expect(response).toMatchObject({ status: 202, body: left() });
  const other = await remove({ description: 'x'.repeat(255) }, '?wait=1', `issue:${tests}`);
  expect(other).toMatchObject({ status: 200, body: { description: 'x'.repeat(255) } });
});

test('an id of any characters is deleted under its own name', async () => {
  const ref = `doc:a/b:c ${tests}`;
  const id = await log({ targets: ref, notify: [user] });
  const response = await remove({}, '?wait=1', encodeURIComponent(ref));
  expect(response).toMatchObject({ status: 200, body: { type: 'doc', id: `a/b:c ${tests}` } });
  expect((await action(id)).targets).toMatchObject([{ deleted: true }]);
});
