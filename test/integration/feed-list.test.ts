/** The feed as a list: order, stable pages while new items arrive, filters, languages. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage } from '../../protocol/entities.ts';
import { logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  api = await hub.service();
});
afterAll(() => hub.close());

const list = async (user: string, query = ''): Promise<FeedPage> =>
  (await api.get<FeedPage>(`/v1/users/${encodeURIComponent(user)}/feed?${query}`)).body;
const numbers = (items: FeedPage['items']) => items.map((item) => item.action.data.number);
const actions = (items: FeedPage['items']) => items.map((item) => item.action.id);

describe('pages', () => {
  test('are of 20, newest first, and end with null', async () => {
    const ids = (await logAndWait(hub, 'ada', 40)).reverse();
    const first = await list('ada');
    expect(actions(first.items)).toEqual(ids.slice(0, 20));
    const second = await list('ada', `cursor=${first.nextCursor}`);
    expect(actions(second.items)).toEqual(ids.slice(20));
    expect(second.nextCursor).toBeNull();
    expect(first.counts).toEqual({ unread: 40, unseen: 40, capped: false });
  });

  test('stay stable while new items arrive', async () => {
    const ids = (await logAndWait(hub, 'bob', 45)).reverse();
    const seen: string[] = [];
    let fresh: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await list('bob', `limit=7${cursor}`);
      seen.push(...actions(page.items));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
      fresh = [...(await logAndWait(hub, 'bob', 3)), ...fresh];
    }
    expect(seen).toEqual(ids);
    expect((await wholeFeed(api, 'bob')).length).toBe(45 + fresh.length);
  });

  test('order items of the same time by id', async () => {
    const ids = await logAndWait(hub, 'cy', 30, { timestamp: '2026-01-01T00:00:00Z' });
    expect(actions(await wholeFeed(api, 'cy', 'limit=7'))).toEqual(ids.reverse());
  });

  test('are in the order of timestamps, not of logging', async () => {
    const [late = ''] = await logAndWait(hub, 'dan', 1, { timestamp: '2026-03-01T00:00:00Z' });
    const [early = ''] = await logAndWait(hub, 'dan', 1, { timestamp: '2026-01-01T00:00:00Z' });
    const { items } = await list('dan');
    expect(actions(items)).toEqual([late, early]);
    expect(items.map((item) => item.at)).toEqual(['2026-03-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z']);
  });

  test('may have 1 to 100 items', async () => {
    await logAndWait(hub, 'eve', 101);
    expect((await list('eve', 'limit=1')).items).toHaveLength(1);
    expect((await list('eve', 'limit=100')).items).toHaveLength(100);
  });

  test('continue for users with the longest ids', async () => {
    const user = '漢'.repeat(255);
    await logAndWait(hub, user, 3);
    expect(numbers(await wholeFeed(api, encodeURIComponent(user), 'limit=1'))).toEqual([2, 1, 0]);
    const { position } = await list(user);
    const socket = await hub.socket(user);
    expect(await socket.get('feed:changes', { position })).toMatchObject({ more: false });
  });

  test('of an unknown user are empty', async () => {
    expect(await list('nobody')).toEqual({
      items: [],
      nextCursor: null,
      counts: { unread: 0, unseen: 0, capped: false },
      position: expect.stringMatching(/./),
    });
  });
});

describe('filters', () => {
  beforeAll(async () => {
    const at = (day: number) => ({ timestamp: `2026-01-0${day}T00:00:00Z`, number: day });
    await logAndWait(hub, 'fay', 1, { ...at(1), verb: 'liked', targets: 'issue:1' });
    await logAndWait(hub, 'fay', 1, { ...at(2), verb: 'closed', actor: 'issue:1', level: 'WARNING' });
    await logAndWait(hub, 'fay', 1, { ...at(3), verb: 'closed', related: ['a:b', 'issue:1'] });
    await logAndWait(hub, 'fay', 1, { ...at(4), verb: 'opened', targets: 'issue:10', level: 35 });
    await logAndWait(hub, 'fay', 1, {
      ...at(5),
      verb: 'opened',
      targets: { type: 'issue', id: '1', name: 'One' },
      level: 50,
    });
    const { items } = await list('fay');
    const ids = items
      .filter((item) => [1, 5].includes(Number(item.action.data.number)))
      .map((item) => item.id);
    await api.post('/v1/users/fay/feed/read', { ids });
  });

  test.each<[string, string, Record<string, unknown>, number[]]>([
    ['one verb', 'verb=closed', { verb: 'closed' }, [3, 2]],
    ['several verbs', 'verb=closed&verb=liked', { verb: ['closed', 'liked'] }, [3, 2, 1]],
    ['a verb nobody used', 'verb=none', { verb: ['none'] }, []],
    ['a level', 'level=35', { level: 35 }, [5, 4, 2]],
    ['a level by name', 'level=WARNING', { level: 'WARNING' }, [5, 2]],
    ['an object in any role', 'object=issue:1', { object: { type: 'issue', id: '1' } }, [5, 3, 2, 1]],
    ['unread', 'unread=1', { unread: true }, [4, 3, 2]],
    ['read', 'unread=0', { unread: false }, [5, 1]],
    ['since, inclusive', 'since=2026-01-03T00:00:00Z', { since: '2026-01-03T00:00:00Z' }, [5, 4, 3]],
    ['until, inclusive', 'until=2026-01-03T00:00:00Z', { until: '2026-01-03T01:00:00+01:00' }, [3, 2, 1]],
    [
      'since and until',
      'since=2026-01-02T00:00:00Z&until=2026-01-02T00:00:00Z',
      { since: '2026-01-02T00:00:00Z', until: '2026-01-02T00:00:00Z' },
      [2],
    ],
    [
      'all of them',
      'verb=closed&level=40&object=issue:1&unread=1&until=2026-01-03T00:00:00Z',
      { verb: 'closed', level: 40, object: 'issue:1', unread: true, until: '2026-01-03T00:00:00Z' },
      [2],
    ],
  ])('by %s apply over HTTP and sockets, on one page or more', async (_what, query, payload, expected) => {
    const page = await list('fay', query);
    expect(numbers(page.items)).toEqual(expected);
    expect(numbers(await wholeFeed(api, 'fay', `limit=1&${query}`))).toEqual(expected);
    const socket = await hub.socket('fay');
    const { position: _, ...notified } = await socket.get<FeedPage>('feed:list', payload);
    const { position: __, ...answered } = page;
    expect(notified).toEqual(answered);
    expect(notified.counts).toEqual({ unread: 3, unseen: 3, capped: false });
  });

  test('find items after many that do not match', async () => {
    await logAndWait(hub, 'gil', 2, { verb: 'rare' });
    await logAndWait(hub, 'gil', 1_100);
    await logAndWait(hub, 'gil', 1, { verb: 'rare' });
    const page = await list('gil', 'verb=rare&limit=3');
    expect(page.items).toHaveLength(3);
    expect(page.nextCursor).toBeNull();
  });

  test('by an unknown level are refused', async () => {
    expect(await api.get('/v1/users/fay/feed?level=LOUD')).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'level' }] },
    });
  });
});
