/** Marks: read, unread and seen, of some items, of all, up to a time; and their pushes to other connections. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Counts, FeedItem, FeedPage, MarkAnswer } from '../../protocol/entities.ts';
import { logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let api: Api;
let users = 0;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
  api = await hub.service();
});
afterAll(() => hub.close());

type Kind = 'read' | 'unread' | 'seen';
const counts = (unread: number, unseen: number): Counts => ({ unread, unseen, capped: false });

/** A new user with items, newest first. */
async function userWith(count: number): Promise<{ user: string; items: FeedItem[] }> {
  users += 1;
  const user = `user-${users}`;
  await logAndWait(hub, user, count);
  return { user, items: await wholeFeed(api, user) };
}

const mark = async (user: string, kind: Kind, input: Record<string, unknown>): Promise<MarkAnswer> => {
  const response = await api.post<MarkAnswer>(`/v1/users/${user}/feed/${kind}`, input);
  expect(response.status).toBe(200);
  return response.body;
};
const page = async (user: string) => (await api.get<FeedPage>(`/v1/users/${user}/feed`)).body;
/** The state of each item, newest first: U unread, r read; s seen, n new. */
const states = async (user: string) =>
  (await wholeFeed(api, user)).map(({ unread, seen }) => (unread ? 'U' : 'r') + (seen ? 's' : 'n')).join(' ');
const idsOf = (items: readonly FeedItem[]) => items.map((item) => item.id);

describe('a mark', () => {
  test('read makes read and seen, unread only unread, seen only seen', async () => {
    const { user, items } = await userWith(3);
    const [first, second] = idsOf(items);
    expect(await mark(user, 'seen', { ids: [first] })).toMatchObject({ changed: 1, counts: counts(3, 2) });
    expect(await states(user)).toBe('Us Un Un');
    expect(await mark(user, 'read', { ids: [first, second] })).toMatchObject({
      changed: 2,
      counts: counts(1, 1),
    });
    expect(await states(user)).toBe('rs rs Un');
    expect(await mark(user, 'unread', { ids: [first] })).toMatchObject({ changed: 1, counts: counts(2, 1) });
    expect(await states(user)).toBe('Us rs Un');
  });

  test.each<[Kind, string]>([
    ['read', 'rs rs'],
    ['seen', 'Us Us'],
  ])('%s twice changes nothing the second time', async (kind, expected) => {
    const { user, items } = await userWith(2);
    for (const input of [{ ids: idsOf(items) }, { all: true }, { until: items[0]?.at }]) {
      const fresh = 'ids' in input;
      expect((await mark(user, kind, input)).changed).toBe(fresh ? 2 : 0);
      expect(await states(user)).toBe(expected);
    }
    await mark(user, 'read', { all: true });
    expect((await mark(user, 'unread', { all: true })).changed).toBe(2);
    expect((await mark(user, 'unread', { all: true })).changed).toBe(0);
    expect((await mark(user, 'seen', { all: true })).changed).toBe(0);
  });

  test('counts a repeated id once', async () => {
    const { user, items } = await userWith(1);
    const [id] = idsOf(items);
    expect((await mark(user, 'read', { ids: [id, id, id] })).changed).toBe(1);
  });
});

describe('a mark changes', () => {
  test('items up to a time, inclusive, and no later ones', async () => {
    users += 1;
    const user = `user-${users}`;
    for (const day of [1, 2, 3]) await logAndWait(hub, user, 2, { timestamp: `2026-01-0${day}T00:00:00Z` });
    expect((await mark(user, 'read', { until: '2026-01-02T00:00:00Z' })).changed).toBe(4);
    expect(await states(user)).toBe('Un Un rs rs rs rs');
    expect((await mark(user, 'unread', { until: '2026-01-01T23:59:59Z' })).changed).toBe(2);
    expect(await states(user)).toBe('Un Un rs rs Us Us');
  });

  test('all items, more than one step can process', async () => {
    const { user } = await userWith(1_000);
    await logAndWait(hub, user, 234);
    expect(await mark(user, 'read', { all: true })).toMatchObject({ changed: 1_234, counts: counts(0, 0) });
    expect((await mark(user, 'read', { all: true })).changed).toBe(0);
  });

  test('no items that changed after the given position', async () => {
    const { user, items } = await userWith(3);
    const [first, second] = idsOf(items);
    await mark(user, 'read', { ids: [first] });
    const { position } = await page(user);
    await mark(user, 'unread', { ids: [first] });
    await logAndWait(hub, user, 1);
    expect(await mark(user, 'read', { all: true, position })).toMatchObject({
      changed: 2,
      counts: counts(2, 1),
    });
    expect(await states(user)).toBe('Un Us rs rs');
    expect((await mark(user, 'unread', { ids: [first, second], position })).changed).toBe(0);
    expect(
      (await mark(user, 'read', { until: new Date(Date.now() + 60_000).toISOString(), position })).changed,
    ).toBe(0);
    expect((await mark(user, 'read', { all: true })).changed).toBe(2);
  });

  test('items covered by the position of an earlier mark', async () => {
    const { user } = await userWith(2);
    const { position } = await mark(user, 'seen', { all: true });
    expect((await mark(user, 'read', { all: true, position })).changed).toBe(2);
  });

  test('no items of other users, and no unknown items', async () => {
    const { user: ada, items: own } = await userWith(2);
    const { user: bob, items: others } = await userWith(2);
    const foreign = [...idsOf(others), 'nothing', `${others[0]?.action.id}:${ada}`];
    expect(await mark(ada, 'read', { ids: foreign })).toMatchObject({ changed: 0, counts: counts(2, 2) });
    expect((await mark(ada, 'read', { ids: [...foreign, own[0]?.id] })).changed).toBe(1);
    expect(await states(ada)).toBe('rs Un');
    expect(await states(bob)).toBe('Un Un');
    await mark(ada, 'read', { all: true });
    expect(await states(bob)).toBe('Un Un');
  });
});

describe('a mark over a socket', () => {
  test('is pushed to the user’s other connections at every gateway, and counts to all', async () => {
    const { user, items } = await userWith(2);
    const [first = '', second = ''] = idsOf(items);
    const [, elsewhere = ''] = hub.urls;
    const origin = await hub.socket(user);
    const tab = await hub.socket(user);
    const phone = await hub.socket(user, {}, elsewhere);
    const stranger = await hub.socket('stranger');

    const response = await origin.get<MarkAnswer>('feed:read', { ids: [first] });
    expect(response).toMatchObject({ changed: 1, counts: counts(1, 1) });
    for (const socket of [tab, phone]) {
      expect(await until(() => socket.marked[0])).toEqual({
        ids: [first],
        unread: false,
        seen: true,
        position: response.position,
      });
    }
    for (const socket of [origin, tab, phone]) {
      expect(await until(() => socket.counts[0])).toEqual({ ...counts(1, 1), position: response.position });
    }

    await phone.get<MarkAnswer>('feed:unread', { all: true });
    await phone.get<MarkAnswer>('feed:seen', { all: true });
    await until(() => origin.marked.length === 2);
    expect(origin.marked).toMatchObject([
      { ids: [first], unread: true },
      { ids: [second], seen: true },
    ]);
    // The other counts follow from the items: read ones are seen, unseen ones are unread.
    expect(origin.marked[0]?.seen).not.toBe(false);
    expect(origin.marked[1]?.unread).not.toBe(false);
    expect(phone.marked).toHaveLength(1);
    expect([stranger.marked, stranger.counts, stranger.items]).toEqual([[], [], []]);
  });

  test('without an effect is not pushed', async () => {
    const { user, items } = await userWith(1);
    const origin = await hub.socket(user);
    const tab = await hub.socket(user);
    await origin.get('feed:read', { ids: ['nothing'] });
    await origin.get('feed:unread', { all: true });
    await origin.get('feed:read', { ids: idsOf(items) });
    await until(() => tab.counts.length > 0);
    expect(tab.marked).toHaveLength(1);
    expect(tab.counts).toHaveLength(1);
  });

  test('of many items is pushed as a reset after the first thousand', async () => {
    const { user } = await userWith(1_100);
    const origin = await hub.socket(user);
    const tab = await hub.socket(user);
    expect((await origin.get<MarkAnswer>('feed:read', { all: true })).changed).toBe(1_100);
    await until(() => tab.otherEvents.includes('feed:reset'));
    expect(tab.marked.map((push) => push.ids?.length)).toEqual([1_000]);
    await until(() => tab.counts.at(-1)?.unread === 0);
  });
});

test('a mark over HTTP reaches every socket of the user', async () => {
  const { user, items } = await userWith(2);
  const sockets = await Promise.all(hub.urls.map((url) => hub.socket(user, {}, url)));
  await mark(user, 'read', { all: true });
  for (const socket of sockets) {
    const push = await until(() => socket.marked[0]);
    expect(push).toMatchObject({ unread: false, seen: true });
    expect(push.ids?.sort()).toEqual(idsOf(items).sort());
    expect(await until(() => socket.counts[0])).toMatchObject(counts(0, 0));
  }
});

test('a mark over HTTP is complete at the response, with and without wait', async () => {
  const { user } = await userWith(1);
  const response = await api.post<MarkAnswer>(`/v1/users/${user}/feed/seen?wait=1`, { all: true });
  expect(response).toMatchObject({ status: 200, body: { changed: 1, counts: counts(1, 0) } });
  expect(await page(user)).toMatchObject({ counts: counts(1, 0) });
});

test('ten concurrent equal marks change each item once', async () => {
  const { user } = await userWith(50);
  const responses = await Promise.all(Array.from({ length: 10 }, () => mark(user, 'read', { all: true })));
  expect(responses.reduce((sum, response) => sum + response.changed, 0)).toBe(50);
  expect(await page(user)).toMatchObject({ counts: counts(0, 0) });
});
