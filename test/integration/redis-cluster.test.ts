/** The main path through a hub on a Redis Cluster of three masters, in spaces of different shards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shards } from '../../infra/redis/shards.ts';
import type { FeedChanges, FeedPage, LogAnswer, MarkAnswer } from '../../protocol/entities.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { until } from '../support/until.ts';

let cluster: RedisCluster;
let hub: TestHub;
beforeAll(async () => {
  cluster = await RedisCluster.start();
  hub = await TestHub.start({ gateways: 2, workers: 2, settings: { REDIS_URL: cluster.url } });
});
afterAll(async () => {
  await hub.close();
  await cluster.close();
});

const spaces = ['one', 'two', 'three', 'four', 'five', 'six'];

const log = async (service: Api, action: Record<string, unknown>, path = '/v1/actions?wait=1') => {
  const input = { actor: 'user:bob', verb: 'closed', groupingDelay: -1, ...action };
  const response = await service.post<LogAnswer>(path, input);
  expect(response.status).toBe(path.endsWith('wait=1') ? 200 : 202);
  return response.body.ids[0] ?? '';
};

test('its keys are on all masters, and each space is on one', async () => {
  const shards = new Shards(hub.services.config.redisShards);
  expect(shards.count).toBe(8);
  for (const space of spaces) await log(await hub.service({ space }), { notify: ['ada'] });
  const holders = new Map<string, Set<number>>();
  for (const { client, port } of cluster.nodes) {
    const keys = await client.keys('*');
    expect(keys.length).toBeGreaterThan(0);
    for (const space of spaces) {
      const prefix = `${shards.of(space).spaceKey(space)}:`;
      if (!keys.some((key) => key.startsWith(prefix))) continue;
      holders.set(space, (holders.get(space) ?? new Set()).add(port));
    }
  }
  expect([...holders.values()].map(({ size }) => size)).toEqual(spaces.map(() => 1));
  expect(new Set([...holders.values()].flatMap((ports) => [...ports])).size).toBe(3);
});

describe.each(spaces)('in space %s', (space) => {
  test('an action is pushed, listed, counted, marked and recalled', async () => {
    const service = await hub.service({ space });
    await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });
    const [ada, other] = [
      await hub.socket('ada', { space }),
      await hub.socket('ada', { space }, hub.urls[1]),
    ];
    const before = await ada.get<FeedPage>('feed:list', {});
    const id = await log(service, { related: 'project:p1' });
    for (const socket of [ada, other]) {
      const push = await until(() => socket.items[0], 'the push');
      expect(push.item.action.id).toBe(id);
      await until(() => socket.counts.at(-1)?.unread === before.counts.unread + 1, 'the count');
    }
    const page = await ada.get<FeedPage>('feed:list', {});
    expect(page.items[0]?.action.id).toBe(id);
    const marked = await ada.get<MarkAnswer>('feed:read', { all: true, position: page.position });
    expect(marked.counts).toMatchObject({ unread: 0 });
    await until(() => other.marked.length > 0, 'the other connection is notified');
    expect((await service.send('DELETE', `/v1/actions/${id}?wait=1`)).status).toBe(200);
    await until(() => other.removed.length > 0, 'the item is removed');
    const changes = await ada.get<FeedChanges>('feed:changes', { position: page.position });
    expect(changes.removed).toHaveLength(1);
    expect(ada.otherEvents).toEqual([]);
  });

  test('tracking and untracking change past items', async () => {
    const service = await hub.service({ space });
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await log(service, { related: 'project:past' }));
    const cleo = await hub.socket('cleo', { space });
    const track = { to: 'project:past', actorOnly: false, since: '2020-01-01T00:00:00Z' };
    expect((await service.post('/v1/users/cleo/track?wait=1', track)).status).toBe(200);
    await until(() => cleo.items.length === 3, 'the past actions are pushed');
    const feed = () => service.get<FeedPage>('/v1/users/cleo/feed');
    const { body } = await feed();
    expect(body.items.map(({ action }) => action.id)).toEqual(ids.toReversed());
    expect(body.counts.unread).toBe(3);
    expect((await service.post('/v1/users/cleo/untrack?wait=1', { from: 'project:past' })).status).toBe(200);
    await until(async () => (await feed()).body.items.length === 0, 'the items are removed');
  });

  test('a deleted object leaves feeds', async () => {
    const service = await hub.service({ space });
    await service.post('/v1/users/dan/track', { to: 'project:gone', actorOnly: false });
    await log(service, { targets: 'issue:gone', related: 'project:gone' });
    const feed = () => service.get<FeedPage>('/v1/users/dan/feed');
    expect((await feed()).body.items).toHaveLength(1);
    const deleted = { actions: 'delete' };
    expect((await service.post('/v1/objects/issue:gone/deleted?wait=1', deleted)).status).toBe(200);
    await until(async () => (await feed()).body.items.length === 0, 'the item is removed');
  });
});

test('the readiness of a gateway covers all masters', async () => {
  const { status, body } = await (await hub.service()).get<Record<string, unknown>>('/readyz');
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'ok', redis: 'ok' });
});
