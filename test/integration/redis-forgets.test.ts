/** After Redis lost its memory the hub goes on without help, and nobody trusts what was known before. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { idSource } from '../../infra/ids.ts';
import { RedisClock } from '../../infra/redis/clock.ts';
import { Epoch } from '../../infra/redis/epoch.ts';
import { epochKey, PREFIX } from '../../infra/redis/keys.ts';
import { RedisActionQueue } from '../../infra/redis/queue.ts';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { OwnRedis } from '../support/own-redis.ts';
import { until } from '../support/until.ts';

let redis: OwnRedis;
let hub: TestHub;
let service: Api;
beforeEach(async () => {
  redis = await OwnRedis.start();
  hub = await TestHub.start({ settings: { REDIS_URL: redis.url } });
  service = await hub.service();
  await service.post('/v1/users/ada/track?wait=1', { to: 'project:p1', actorOnly: false });
});
afterEach(async () => {
  await hub.close();
  await redis.close();
});

const said = { actor: 'user:ben', verb: 'said', related: 'project:p1' };
const feed = async () => (await service.get<FeedPage>('/v1/users/ada/feed')).body;
const changes = async (position: string) =>
  (await service.get<FeedChanges>(`/v1/users/ada/feed/changes?position=${position}`)).body;

/** Resolves when every process knows. */
async function forget(how: () => Promise<unknown> = () => redis.client.flushall()): Promise<void> {
  const socket = await hub.socket('ada');
  const told = () => socket.others.filter((event) => event === 'feed:stale').length;
  await how();
  await until(() => told() > 0, 'clients to be told');
}

test('actions go on into feeds, and positions above every earlier one', async () => {
  await service.post('/v1/actions?wait=1', said);
  const before = await feed();
  await forget();
  expect((await changes(before.position)).reset).toBe(true);
  await service.post('/v1/actions?wait=1', said);
  const after = await feed();
  expect(after.items).toHaveLength(2);
  expect(after.position > before.position).toBe(true);
  expect(await changes(after.position)).toMatchObject({ reset: false });
});

test('a Redis that starts anew without its data is noticed as well', async () => {
  await service.post('/v1/actions?wait=1', said);
  const before = await feed();
  await forget(async () => {
    await redis.kill();
    await redis.run();
  });
  await until(async () => (await service.post('/v1/actions?wait=1', said)).status === 200);
  await until(async () => (await changes(before.position)).reset);
});

test('what nobody was woken for is swept up', async () => {
  await forget();
  const client = new Redis(redis.url);
  const queue = new RedisActionQueue(client, () => undefined);
  const action = {
    id: idSource()(),
    actor: { type: 'user', id: 'ben' },
    verb: 'said',
    targets: [],
    related: [{ type: 'project', id: 'p1' }],
    level: 30,
    data: {},
    timestamp: Date.now(),
    updatedAt: Date.now(),
    count: 1,
    notify: [],
  };
  const batch = { space: 'default', subject: 'service', key: null, hash: '' };
  await queue.accept({ ...batch, actions: [{ action, key: null, hash: '' }] });
  await until(async () => (await feed()).items.length === 1, 'the item', 60_000);
  client.disconnect();
});

test('what calls left to be done is asked for again', async () => {
  await hub.stopWorkers();
  const actions = Array.from({ length: 300 }, () => said);
  await hub.addWorker();
  await service.post('/v1/actions?wait=1', {
    actions: actions.map((each) => ({ ...each, groupingDelay: -1 })),
  });
  await hub.stopWorkers();
  // The newest hundred come at once, the others by a chore that is forgotten.
  await service.post('/v1/users/cleo/track', {
    to: 'project:p1',
    actorOnly: false,
    since: '2020-01-01T00:00:00Z',
  });
  await forget();
  await hub.addWorker();
  const unread = async () =>
    (await service.get<{ unread: number }>('/v1/users/cleo/feed/counts')).body.unread;
  await until(async () => (await unread()) === 300, 'the whole history');
});

test('callers who wait are not told that it is done', async () => {
  await hub.stopWorkers();
  const answer = service.post<{ results?: unknown }>('/v1/actions?wait=1', said);
  await until(async () => (await redis.client.exists(`${PREFIX}:s:default:waiting`)) === 1);
  await redis.client.flushall();
  expect(await answer).toMatchObject({ status: 202 });
});

test('positions rise though the clock of Redis is set back', async () => {
  const clock = new RedisClock(redis.client);
  const [mine, others] = [new Epoch(redis.client), new Epoch(redis.client)];
  for (const epoch of [mine, others]) expect(await epoch.look()).toBe(false);
  // Ten minutes ahead, so that a memory without this is ten minutes behind.
  await redis.client.hset(epochKey, 'skew', 600_000_000);
  await mine.look();
  await others.look();
  const before = await clock.now('default');
  await redis.client.flushall();
  expect(await mine.look()).toBe(true);
  expect(await others.look()).toBe(true);
  expect(await clock.now('default')).toBeGreaterThan(before);
  expect(mine.began).toBeGreaterThan(before);
  expect(others.began).toBe(mine.began);
  // Set back without a loss: positions keep their pace instead of standing still.
  const ahead = await clock.now('default');
  await redis.client.hincrbyfloat(epochKey, 'skew', -60_000_000);
  expect(await mine.look()).toBe(false);
  const horizon = await clock.horizon('default', 'ada');
  expect(horizon).toBeGreaterThan(ahead);
  await until(async () => (await clock.horizon('default', 'ada')) > horizon + 1_000, 'time to go on');
});
