/** Counts match the items: exact up to 999, then capped. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { asPosition } from '../../core/model/units.ts';
import { RedisBus } from '../../infra/redis/bus.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { Counts, FeedPage, MarkAnswer } from '../../protocol/entities.ts';
import { logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  api = await hub.service();
});
afterAll(() => hub.close());

const countsOf = async (user: string) => (await api.get<Counts>(`/v1/users/${user}/feed/counts`)).body;

test('counts stay exact up to 999, and are capped above, in every response and push', async () => {
  const socket = await hub.socket('ada');
  const everywhere = async (expected: Counts) => {
    expect(await countsOf('ada')).toEqual(expected);
    expect((await socket.get<FeedPage>('feed:list', { limit: 1 })).counts).toEqual(expected);
    await until(() => {
      const { position: _, ...pushed } = socket.counts.at(-1) ?? { position: '' };
      expect(pushed).toEqual(expected);
      return true;
    });
  };
  const oldest = async (count: number) => (await wholeFeed(api, 'ada')).slice(-count).map((item) => item.id);

  await logAndWait(hub, 'ada', 999);
  await everywhere({ unread: 999, unseen: 999, capped: false });
  await logAndWait(hub, 'ada', 1);
  await everywhere({ unread: 999, unseen: 999, capped: true });
  await logAndWait(hub, 'ada', 500);
  await everywhere({ unread: 999, unseen: 999, capped: true });

  const seen = await api.post<MarkAnswer>('/v1/users/ada/feed/seen', { ids: await oldest(600) });
  expect(seen.body.changed).toBe(600);
  await everywhere({ unread: 999, unseen: 900, capped: true });

  const read = await api.post<MarkAnswer>('/v1/users/ada/feed/read', { ids: await oldest(501) });
  expect(read.body).toMatchObject({ changed: 501, counts: { unread: 999, unseen: 900, capped: false } });
  await everywhere({ unread: 999, unseen: 900, capped: false });
  await api.post('/v1/users/ada/feed/read', { ids: await oldest(502) });
  await everywhere({ unread: 998, unseen: 900, capped: false });
});

test('counts are pushed correctly to many users at once, each with other items', async () => {
  const users = Array.from({ length: 12 }, (_, n) => `many-${n}`);
  await logAndWait(hub, 'many-0', 1_000);
  const sockets = await Promise.all(users.map((user) => hub.socket(user)));
  for (let round = 1; round <= 3; round += 1) {
    await logAndWait(hub, 'nobody', 1, { notify: users });
    await until(() => {
      const unread = sockets.map((socket) => socket.counts.at(-1)?.unread);
      expect(unread).toEqual(users.map((_, n) => (n === 0 ? 999 : round)));
      expect(sockets[0]?.counts.at(-1)?.capped).toBe(true);
      return true;
    });
  }
});

test('counts stay correct while items are inserted and marked concurrently', async () => {
  await Promise.all([
    ...Array.from({ length: 6 }, () => logAndWait(hub, 'busy', 20)),
    ...Array.from({ length: 12 }, async (_, n) => {
      const mark = ['read', 'unread', 'seen'][n % 3];
      await api.post(`/v1/users/busy/feed/${mark}`, { all: true });
    }),
  ]);
  const items = await wholeFeed(api, 'busy');
  expect(items).toHaveLength(120);
  expect(await countsOf('busy')).toEqual({
    unread: items.filter((item) => item.unread).length,
    unseen: items.filter((item) => !item.seen).length,
    capped: false,
  });
});

test('later counts are never pushed with an earlier position, in any order of changes', async () => {
  const publisher = new Redis(hub.services.config.redisUrl);
  onTestFinished(() => publisher.disconnect());
  const bus = new RedisBus(publisher, shards);
  const socket = await hub.socket('eve');
  const [early, late] = [Date.now() * 1_000, Date.now() * 1_000 + 1];
  for (const [index, at] of [late, early].entries()) {
    await bus.publish('default', {
      kind: 'removed',
      items: [{ id: `i${at}`, user: 'eve', action: 'a', position: asPosition(at) }],
    });
    await until(() => socket.counts.length === index + 1, 'the counts');
  }
  const [first, second] = socket.counts.map(({ position }) => position);
  expect(socket.removed.map(({ position }) => position)).toEqual([String(late), String(early)]);
  expect(first).toBe(String(late));
  expect(second).toBe(String(late));
});
