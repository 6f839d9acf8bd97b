/** The states of items: archived, snoozed, and back; over HTTP and sockets, at two gateways. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Counts, FeedChanges, FeedItem, FeedPage, MarkAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { allChanges, logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let api: Api;
let users = 0;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2, workers: 2 });
  api = await hub.service();
});
afterAll(() => hub.close());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ahead = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
const counts = (unread: number, unseen: number): Counts => ({ unread, unseen, capped: false });

/** A new user with items, and their ids, newest first. */
async function userWith(count: number): Promise<{ user: string; ids: string[] }> {
  users += 1;
  const user = `user-${users}`;
  await logAndWait(hub, user, count);
  return { user, ids: (await wholeFeed(api, user)).map((item) => item.id) };
}

const call = (user: string, name: string, input: object) =>
  api.post<MarkAnswer & Problem>(`/v1/users/${user}/feed/${name}`, input);
async function change(user: string, name: string, input: object): Promise<MarkAnswer> {
  const response = await call(user, name, input);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}
const list = async (user: string, state: string, more = '') =>
  (await wholeFeed(api, user, `limit=2&state=${state}${more}`)).map((item) => item.id);
const itemOf = async (user: string, id: string): Promise<FeedItem | undefined> =>
  (await wholeFeed(api, user, 'limit=100&state=all')).find((item) => item.id === id);
const page = async (user: string) => (await api.get<FeedPage>(`/v1/users/${user}/feed`)).body;

describe('an archived item', () => {
  test('is read and seen, out of the inbox and its counts, and comes back with its marks', async () => {
    const { user, ids } = await userWith(3);
    const [first = '', second = '', third = ''] = ids;
    expect(await change(user, 'archive', { ids: [second] })).toMatchObject({
      changed: 1,
      counts: counts(2, 2),
    });
    expect(await list(user, 'inbox')).toEqual([first, third]);
    expect(await list(user, 'archived')).toEqual([second]);
    expect(await list(user, 'snoozed')).toEqual([]);
    expect(await list(user, 'all')).toEqual(ids);
    const archived = { archived: true, snoozedUntil: null, unread: false, seen: true };
    expect(await itemOf(user, second)).toMatchObject(archived);
    expect((await change(user, 'archive', { ids: [second] })).changed).toBe(0);
    expect(await change(user, 'unarchive', { ids: [second] })).toMatchObject({
      changed: 1,
      counts: counts(2, 2),
    });
    expect(await itemOf(user, second)).toMatchObject({ ...archived, archived: false });
    expect(await list(user, 'inbox')).toEqual(ids);
  });

  test('is not concerned by marks of all, only by ids', async () => {
    const { user, ids } = await userWith(3);
    const [first = ''] = ids;
    await change(user, 'archive', { ids: [first] });
    expect(await change(user, 'unread', { ids: [first] })).toMatchObject({
      changed: 1,
      counts: counts(2, 2),
    });
    expect(await change(user, 'read', { all: true })).toMatchObject({ changed: 2, counts: counts(0, 0) });
    expect(await itemOf(user, first)).toMatchObject({ archived: true, unread: true });
    expect(await list(user, 'all', '&unread=1')).toEqual([first]);
    expect((await change(user, 'unarchive', { all: true })).counts).toEqual(counts(1, 0));
  });

  test('is one of all, of those up to a time, and of those up to a position', async () => {
    const { user } = await userWith(2);
    const { position } = await page(user);
    await logAndWait(hub, user, 1);
    const [newest, ...others] = await wholeFeed(api, user);
    expect((await change(user, 'archive', { all: true, position })).changed).toBe(2);
    expect(await list(user, 'inbox')).toEqual([newest?.id]);
    expect((await change(user, 'unarchive', { until: others.at(-1)?.at })).changed).toBeGreaterThan(0);
    expect((await change(user, 'archive', { until: newest?.at })).counts).toEqual(counts(0, 0));
  });

  test('is one of more than a thousand, for which connected clients reload', async () => {
    const { user } = await userWith(1_200);
    const socket = await hub.socket(user, {}, hub.urls[1]);
    expect(await change(user, 'archive', { all: true })).toMatchObject({
      changed: 1_200,
      counts: counts(0, 0),
    });
    await until(() => socket.otherEvents.includes('feed:reset'), 'the reset');
    expect((await wholeFeed(api, user, 'limit=100&state=archived')).length).toBe(1_200);
    expect((await change(user, 'unarchive', { all: true })).changed).toBe(1_200);
    expect((await wholeFeed(api, user)).length).toBe(1_200);
  });

  test('comes back unread when its action grows, as a snoozed one does', async () => {
    const user = 'bumped';
    const action = {
      actor: 'user:somebody',
      verb: 'did',
      notify: [user],
      targets: 'issue:7',
      groupingDelay: 600,
    };
    await api.post('/v1/actions?wait=1', action);
    const [item] = await wholeFeed(api, user);
    await change(user, 'archive', { all: true });
    await api.post('/v1/actions?wait=1', action);
    expect(await itemOf(user, item?.id ?? '')).toMatchObject({ archived: false, unread: true, seen: false });
    await change(user, 'snooze', { ids: [item?.id], until: ahead(HOUR) });
    await api.post('/v1/actions?wait=1', action);
    expect(await itemOf(user, item?.id ?? '')).toMatchObject({ snoozedUntil: null, unread: true });
    expect((await page(user)).counts).toEqual(counts(1, 1));
  });

  test('leaves the feed with its action', async () => {
    const { user, ids } = await userWith(2);
    const [archived = '', snoozed = ''] = ids;
    await change(user, 'archive', { ids: [archived] });
    await change(user, 'snooze', { ids: [snoozed], until: ahead(HOUR) });
    const { position } = await page(user);
    for (const id of ids) await api.send('DELETE', `/v1/actions/${id.split(':')[0]}?wait=1`);
    expect(await list(user, 'all')).toEqual([]);
    const changes = await allChanges(api, user, position);
    expect(changes.flatMap((each) => each.removed).sort()).toEqual([...ids].sort());
  });
});

describe('a snoozed item', () => {
  test('returns when it is due: unread, unseen, at that time, and is pushed', async () => {
    const { user, ids } = await userWith(3);
    const [first = '', , last = ''] = ids;
    await change(user, 'read', { all: true });
    const socket = await hub.socket(user, {}, hub.urls[1]);
    const end = ahead(1_500);
    const answer = await change(user, 'snooze', { ids: [last], until: end });
    expect(answer).toMatchObject({ changed: 1, counts: counts(0, 0) });
    expect(await itemOf(user, last)).toMatchObject({ snoozedUntil: end, archived: false, unread: false });
    expect(await list(user, 'snoozed')).toEqual([last]);
    expect((await change(user, 'snooze', { ids: [last], until: end })).changed).toBe(0);
    await until(() => socket.state().get(last)?.unread, 'the item returns', 5_000 + 1_500);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(end));
    expect(socket.state().get(last)).toMatchObject({ at: end, seen: false, snoozedUntil: null });
    expect((await list(user, 'inbox'))[0]).toBe(last);
    expect(await itemOf(user, first)).toMatchObject({ unread: false });
    await until(() => socket.counts.at(-1)?.unseen === 1, 'the counts');
  });

  test('returns at once, to its place and with its marks', async () => {
    const { user, ids } = await userWith(2);
    const [first = '', last = ''] = ids;
    await change(user, 'snooze', { ids: [last], until: ahead(HOUR) });
    expect((await change(user, 'unsnooze', { ids: [first, last] })).changed).toBe(1);
    expect(await list(user, 'inbox')).toEqual(ids);
    expect((await page(user)).counts).toEqual(counts(2, 2));
  });

  test('may be snoozed again, archived, and snoozed from the archive', async () => {
    const { user, ids } = await userWith(1);
    const [id = ''] = ids;
    const [soon, late] = [ahead(HOUR), ahead(DAY)];
    await change(user, 'snooze', { ids, until: soon });
    expect((await change(user, 'snooze', { ids, until: late })).changed).toBe(1);
    expect(await itemOf(user, id)).toMatchObject({ snoozedUntil: late, unread: true });
    expect((await change(user, 'archive', { ids })).changed).toBe(1);
    expect(await itemOf(user, id)).toMatchObject({ snoozedUntil: null, archived: true, unread: false });
    expect((await change(user, 'snooze', { ids, until: soon })).changed).toBe(1);
    expect(await itemOf(user, id)).toMatchObject({ snoozedUntil: soon, archived: false, unread: false });
  });

  test.each([
    ['in the past', () => ahead(-1_000), 'until'],
    ['in two years', () => ahead(2 * 365 * DAY), 'until'],
    ['that is no time', () => 'tomorrow', 'until'],
  ])('cannot return %s', async (_, time, path) => {
    const { user, ids } = await userWith(1);
    const { status, body } = await call(user, 'snooze', { ids, until: time() });
    expect(status).toBe(400);
    expect(body.fields).toMatchObject([{ path }]);
    expect(await list(user, 'inbox')).toEqual(ids);
  });

  test('may return in a year', async () => {
    const { user, ids } = await userWith(1);
    expect((await change(user, 'snooze', { ids, until: ahead(365 * DAY) })).changed).toBe(1);
  });
});

describe('a change of a state', () => {
  test('is pushed as the item to all connections, and is among the changes', async () => {
    const { user, ids } = await userWith(2);
    const [first = ''] = ids;
    const [here, there] = [await hub.socket(user), await hub.socket(user, {}, hub.urls[1])];
    const { position } = await here.get<FeedPage>('feed:list', {});
    const end = ahead(HOUR);
    const steps: Array<[event: string, input: object, state: Partial<FeedItem>]> = [
      ['feed:archive', { ids: [first] }, { archived: true, unread: false }],
      ['feed:unarchive', { ids: [first] }, { archived: false, snoozedUntil: null }],
      ['feed:snooze', { ids: [first], until: end }, { snoozedUntil: end }],
      ['feed:unsnooze', { ids: [first] }, { archived: false, snoozedUntil: null }],
    ];
    for (const [index, [event, input, state]] of steps.entries()) {
      const answer = await here.get<MarkAnswer>(event, input);
      expect(answer.changed).toBe(1);
      for (const socket of [here, there]) {
        await until(() => socket.items.length === index + 1, `the push of ${event}`);
        expect(socket.items.at(-1)).toMatchObject({
          item: { id: first, ...state },
          position: answer.position,
        });
      }
      const changes = await there.get<FeedChanges>('feed:changes', { position });
      expect(changes.items.find((item) => item.id === first)).toMatchObject(state);
      const all = await there.get<FeedPage>('feed:list', { state: 'all' });
      expect(all.items.find((item) => item.id === first)).toMatchObject(state);
    }
    expect([...here.removed, ...here.marked, ...there.removed, ...there.marked]).toEqual([]);
  });

  test('combines with the other filters, and with one\u2019s own actions', async () => {
    const user = 'filtering';
    const me = { actor: `user:${user}`, verb: 'wrote', targets: 'issue:1' };
    await api.post('/v1/actions?wait=1', { actions: [me] });
    const actions = ['opened', 'closed'].map((verb) => ({
      actor: 'user:somebody',
      verb,
      notify: [user],
      targets: 'issue:1',
    }));
    await api.post('/v1/actions?wait=1', { actions });
    const verbs = async (query: string) =>
      (await wholeFeed(api, user, query)).map((item) => item.action.verb).sort();
    const closed = (await wholeFeed(api, user)).find((item) => item.action.verb === 'closed');
    await change(user, 'archive', { ids: [closed?.id] });
    expect(await verbs('object=issue:1')).toEqual(['opened']);
    expect(await verbs('object=issue:1&state=archived')).toEqual(['closed']);
    expect(await verbs('verb=closed&state=all')).toEqual(['closed']);
    expect(await verbs('verb=closed')).toEqual([]);
    expect(await verbs('includeOwn=1')).toEqual(['opened', 'wrote']);
    expect(await verbs('includeOwn=1&state=all&limit=1')).toEqual(['closed', 'opened', 'wrote']);
    expect(await verbs('includeOwn=1&state=archived')).toEqual(['closed']);
  });

  test('of an unknown name is refused', async () => {
    const { user } = await userWith(1);
    const { status, body } = await api.get<Problem>(`/v1/users/${user}/feed?state=done`);
    expect(status).toBe(400);
    expect(body.fields).toMatchObject([{ path: 'state' }]);
  });
});
