/** After Redis lost its data, the hub recovers, and cached state is discarded. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wallClock } from '../../core/model/units.ts';
import { createIdGenerator } from '../../infra/ids.ts';
import { RedisActionQueue } from '../../infra/redis/action-queue.ts';
import { Epochs } from '../../infra/redis/epoch.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisClock } from '../../infra/redis/position-clock.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

let redis: RedisProcess;
let hub: TestHub;
let service: Api;
beforeEach(async () => {
  redis = await RedisProcess.start();
  hub = await TestHub.start({ settings: { REDIS_URL: redis.url } });
  service = await hub.service();
  await service.post('/v1/users/ada/track?wait=1', { to: 'project:p1', actorOnly: false });
});
afterEach(async () => {
  await hub.close();
  await redis.close();
});

const saidAction = { actor: 'user:ben', verb: 'said', related: 'project:p1' };
const feed = async () => (await service.get<FeedPage>('/v1/users/ada/feed')).body;
const changes = async (position: string) =>
  (await service.get<FeedChanges>(`/v1/users/ada/feed/changes?position=${position}`)).body;

/** Flushes Redis, and resolves when every process has noticed. */
async function loseData(wipe: () => Promise<unknown> = () => redis.client.flushall()): Promise<void> {
  const socket = await hub.socket('ada');
  const staleCount = () => socket.otherEvents.filter((event) => event === 'feed:stale').length;
  await wipe();
  await until(() => staleCount() > 0, 'clients are notified');
}

test('actions reach feeds and positions stay above earlier ones', async () => {
  await service.post('/v1/actions?wait=1', saidAction);
  const before = await feed();
  await loseData();
  expect((await changes(before.position)).reset).toBe(true);
  await service.post('/v1/actions?wait=1', saidAction);
  const after = await feed();
  expect(after.items).toHaveLength(2);
  expect(after.position > before.position).toBe(true);
  expect(await changes(after.position)).toMatchObject({ reset: false });
});

test('the hub detects a Redis that restarted without its data', async () => {
  await service.post('/v1/actions?wait=1', saidAction);
  const before = await feed();
  await loseData(async () => {
    await redis.kill();
    await redis.run();
  });
  await until(async () => (await service.post('/v1/actions?wait=1', saidAction)).status === 200);
  await until(async () => (await changes(before.position)).reset);
});

test('polling finds work that nobody was notified of', async () => {
  await loseData();
  const client = new Redis(redis.url);
  const queue = new RedisActionQueue(client, shards, () => undefined);
  const action = {
    id: createIdGenerator()(),
    actor: { type: 'user', id: 'ben' },
    verb: 'said',
    targets: [],
    related: [{ type: 'project', id: 'p1' }],
    level: 30,
    data: {},
    timestamp: wallClock(),
    updatedAt: wallClock(),
    count: 1,
    notify: [],
  };
  const batch = { space: 'default', subject: 'service', key: null, hash: '' };
  await queue.accept({ ...batch, actions: [{ action, key: null, hash: '' }] });
  await until(async () => (await feed()).items.length === 1, 'the item', 60_000);
  client.disconnect();
});

test('the hub requeues the tasks of earlier calls', async () => {
  await hub.stopWorkers();
  const actions = Array.from({ length: 300 }, () => saidAction);
  await hub.addWorker();
  await service.post('/v1/actions?wait=1', {
    actions: actions.map((each) => ({ ...each, groupingDelay: -1 })),
  });
  await hub.stopWorkers();
  // The newest hundred are delivered at once, the others by a task that Redis loses.
  await service.post('/v1/users/cleo/track', {
    to: 'project:p1',
    actorOnly: false,
    since: '2020-01-01T00:00:00Z',
  });
  await loseData();
  await hub.addWorker();
  const unread = async () =>
    (await service.get<{ unread: number }>('/v1/users/cleo/feed/counts')).body.unread;
  await until(async () => (await unread()) === 300, 'the whole history');
});

test('the hub does not report completion to waiting callers', async () => {
  await hub.stopWorkers();
  const response = service.post<{ results?: unknown }>('/v1/actions?wait=1', saidAction);
  await until(async () => (await redis.client.exists(FIRST_SHARD.pendingKey('default'))) === 1);
  await redis.client.flushall();
  expect(await response).toMatchObject({ status: 202 });
});

test('positions rise even if the clock of Redis is set back', async () => {
  const clock = new RedisClock(redis.client, shards);
  const [firstEpoch, secondEpoch] = [new Epochs(redis.client, shards), new Epochs(redis.client, shards)];
  for (const epoch of [firstEpoch, secondEpoch]) expect(await epoch.check()).toBe(false);
  // Ten minutes ahead, so that after the loss the clock is ten minutes behind.
  await redis.client.hset(FIRST_SHARD.epochKey, 'skew', 600_000_000);
  await firstEpoch.check();
  await secondEpoch.check();
  const before = await clock.now('default');
  await redis.client.flushall();
  expect(await firstEpoch.check()).toBe(true);
  expect(await secondEpoch.check()).toBe(true);
  expect(await clock.now('default')).toBeGreaterThan(before);
  expect(firstEpoch.startOf('default')).toBeGreaterThan(before);
  expect(secondEpoch.startOf('default')).toBe(firstEpoch.startOf('default'));
  // The clock is set back without a loss: positions still rise at normal speed.
  const ahead = await clock.now('default');
  await redis.client.hincrbyfloat(FIRST_SHARD.epochKey, 'skew', -60_000_000);
  expect(await firstEpoch.check()).toBe(false);
  const watermark = await clock.watermark('default', 'ada');
  // How long the last check's response took is unknown, so the clock may have to catch up with the last position.
  expect(watermark).toBeGreaterThanOrEqual(ahead);
  await until(
    async () => (await clock.watermark('default', 'ada')) > watermark + 1_000,
    'the watermark rises',
  );
});
