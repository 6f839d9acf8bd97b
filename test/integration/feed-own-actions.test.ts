/** `includeOwn`: the user's own actions appear in the feed as if they were items. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedItem, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let service: Api;
let count = 0;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.UTC(2026, 0, 1) - hours * HOUR).toISOString();

async function log(input: Record<string, unknown>): Promise<string> {
  const sent = { verb: 'did', groupingDelay: -1, ...input };
  const { status, body } = await service.post<LogAnswer>('/v1/actions?wait=1', sent);
  expect(status).toBe(200);
  return body.ids[0] ?? '';
}

/** A user with own actions (odd hours) and feed items (even hours), newest first. */
async function mixed(): Promise<{ user: string; api: Api; ids: string[] }> {
  count += 1;
  const user = `own-${count}`;
  const ids: string[] = [];
  for (let hours = 0; hours < 7; hours += 1) {
    const how = hours % 2 === 1 ? { actor: `user:${user}` } : { actor: 'user:bob', notify: [user] };
    ids.push(await log({ ...how, timestamp: ago(hours), targets: `project:p${hours % 3}` }));
  }
  return { user, api: await hub.api(user), ids };
}

const actionsOf = (items: readonly FeedItem[]) => items.map((item) => item.action.id);
const odd = (_: unknown, index: number) => index % 2 === 1;
const even = (_: unknown, index: number) => index % 2 === 0;

describe('includeOwn', () => {
  test('adds own actions read and seen, in order, without counting them', async () => {
    const { user, api, ids } = await mixed();
    const path = `/v1/users/${user}/feed`;
    const { body } = await api.get<FeedPage>(`${path}?includeOwn=1`);
    expect(actionsOf(body.items)).toEqual(ids);
    expect(body.items.map((item) => item.unread)).toEqual(ids.map((_, index) => index % 2 === 0));
    expect(body.items.map((item) => item.seen)).toEqual(ids.map((_, index) => index % 2 === 1));
    expect(body.items.map((item) => item.at)).toEqual(ids.map((_, index) => ago(index)));
    expect(body.items.map((item) => item.id)).toEqual(ids.map((id) => `${id}:${user}`));
    expect(body.counts).toMatchObject({ unread: 4, unseen: 4 });
    expect(actionsOf((await api.get<FeedPage>(path)).body.items)).toEqual(ids.filter(even));
    expect(actionsOf((await api.get<FeedPage>(`${path}?includeOwn=0`)).body.items)).toEqual(ids.filter(even));
    const socket = await hub.socket(user);
    const page = await socket.get<FeedPage>('feed:list', { includeOwn: true });
    expect(page.items).toEqual(body.items);
  });

  test('has no gaps and no duplicates between pages', async () => {
    const { user, api, ids } = await mixed();
    for (const limit of [1, 2, 3]) {
      expect(actionsOf(await wholeFeed(api, user, `limit=${limit}&includeOwn=1`))).toEqual(ids);
    }
  });

  test('shows an own action that is in the feed once, as that item', async () => {
    const { user, api, ids } = await mixed();
    await api.post(`/v1/users/${user}/track?wait=1`, { to: `user:${user}` });
    await api.post(`/v1/users/${user}/feed/unread`, { ids: [`${ids[1]}:${user}`] });
    const items = await wholeFeed(api, user, 'limit=2&includeOwn=1');
    expect(actionsOf(items)).toEqual(ids);
    expect(items[1]).toMatchObject({ unread: true });
    expect(items[3]).toMatchObject({ unread: false, seen: true });
  });

  test('respects all filters; own actions are never unread', async () => {
    const { user, api, ids } = await mixed();
    const find = async (query: string) =>
      actionsOf(await wholeFeed(api, user, `limit=2&includeOwn=1&${query}`));
    expect(await find('unread=1')).toEqual(ids.filter(even));
    expect(await find('unread=0')).toEqual(ids.filter(odd));
    expect(await find('object=project:p1')).toEqual([ids[1], ids[4]]);
    expect(await find('verb=other')).toEqual([]);
    expect(await find('level=40')).toEqual([]);
    expect(await find(`since=${ago(4)}&until=${ago(1)}`)).toEqual(ids.slice(1, 5));
  });

  test('shows no own action below the readable level, and none that was recalled', async () => {
    const { user, api, ids } = await mixed();
    await log({ actor: `user:${user}`, level: 'HIDDEN' });
    await service.send('DELETE', `/v1/actions/${ids[3]}?wait=1`);
    expect(actionsOf(await wholeFeed(api, user, 'includeOwn=1'))).toEqual(ids.toSpliced(3, 1));
  });

  test.each(['2', 'yes', ''])('is refused if it is not a flag (%j)', async (value) => {
    const api = await hub.api('ada');
    expect((await api.get(`/v1/users/ada/feed?includeOwn=${value}`)).status).toBe(400);
  });
});
