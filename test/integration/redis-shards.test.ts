/** A hub that divides what it keeps in Redis into shards. One Redis may hold all of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { Shards } from '../../infra/redis/shards.ts';
import type { Counts, FeedChanges, FeedPage } from '../../protocol/entities.ts';
import type { HealthState } from '../../server/http/health.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const COUNT = 4;
const shards = new Shards(COUNT);
/** A space in each shard. */
const SPACES = shards.all.map((shard) => {
  for (let index = 0; ; index += 1) {
    const space = `tenant-${index}`;
    if (shards.of(space) === shard) return space;
  }
});
const MAX_BACKLOG = 2 * COUNT;

let hub: TestHub;
let redis: Redis;
async function start(settings: Record<string, string> = {}): Promise<void> {
  hub = await TestHub.start({ settings: { REDIS_SHARDS: String(COUNT), ...settings } });
  redis = new Redis(hub.services.config.redisUrl);
}
afterEach(async () => {
  redis.disconnect();
  await hub.close();
});

const saidAction = { actor: 'user:ben', verb: 'said', related: 'project:p1' };
const track = '/v1/users/ada/track?wait=1';
const tracked = { to: 'project:p1', actorOnly: false };
const apis = () => Promise.all(SPACES.map((space) => hub.service({ space })));
const feedOf = async (api: Awaited<ReturnType<TestHub['service']>>) =>
  (await api.get<FeedPage>('/v1/users/ada/feed')).body;

test('actions of all shards arrive, and each shard keeps only its spaces', async () => {
  await start();
  for (const [index, api] of (await apis()).entries()) {
    const socket = await hub.socket('ada', { space: SPACES[index] ?? '' });
    await socket.get<FeedPage>('feed:list', {});
    await api.post(track, tracked);
    expect((await api.post('/v1/actions?wait=1', { ...saidAction, key: 'first' })).status).toBe(200);
    expect((await feedOf(api)).items).toHaveLength(1);
    await until(() => socket.items.length === 1, 'the item is pushed');
  }
  for (const [index, shard] of shards.all.entries()) {
    const keys = await redis.keys('*:s:*');
    const own = keys.filter((key) => key.startsWith(`${shard.prefix}:s:`));
    expect(own).not.toEqual([]);
    expect(own.filter((key) => !key.startsWith(`${shard.prefix}:s:${SPACES[index]}:`))).toEqual([]);
    expect(await redis.hget(shard.epochKey, 'shards')).toBe(String(COUNT));
  }
});

test('the backlog of all shards together is limited', async () => {
  await start({ HUBBUB_MAX_BACKLOG: String(MAX_BACKLOG), HUBBUB_MAX_BACKLOG_SPACE: '1' });
  await hub.stopWorkers();
  const services = await apis();
  const ready = async () => (await services[0]?.get<HealthState>('/readyz'))?.body.backlog;
  for (const api of services) {
    for (let count = 0; count < MAX_BACKLOG / COUNT; count += 1)
      expect((await api.post('/v1/actions', saidAction)).status).toBe(202);
  }
  // This reads the counters of all shards.
  expect(await ready()).toMatchObject({ actions: MAX_BACKLOG, actionsLimit: MAX_BACKLOG });
  for (const api of services)
    expect(await api.post('/v1/actions', saidAction)).toMatchObject({
      status: 503,
      body: { code: 'overloaded' },
    });
  await hub.addWorker();
  await until(async () => (await ready())?.actions === 0, 'all are processed');
  for (const api of services) expect((await api.post('/v1/actions', saidAction)).status).toBe(202);
});

test('tasks run in all shards', async () => {
  await start();
  const services = await apis();
  for (const api of services) {
    // The newest hundred are delivered at once, the others by a task.
    const actions = Array.from({ length: 150 }, () => ({ ...saidAction, groupingDelay: -1 }));
    expect((await api.post('/v1/actions?wait=1', { actions })).status).toBe(200);
    await api.post('/v1/users/ada/track', { ...tracked, since: '2020-01-01T00:00:00Z' });
  }
  for (const api of services) {
    const unread = async () => (await api.get<Counts>('/v1/users/ada/feed/counts')).body.unread;
    await until(async () => (await unread()) === 150, 'the whole history');
  }
});

test('only the spaces of a shard that lost its data begin a new epoch', async () => {
  await start();
  const services = await apis();
  for (const api of services) {
    await api.post(track, tracked);
    await api.post('/v1/actions?wait=1', saidAction);
  }
  const positions = await Promise.all(services.map(async (api) => (await feedOf(api)).position));
  const wereReset = () =>
    Promise.all(
      services.map(async (api, index) => {
        const path = `/v1/users/ada/feed/changes?position=${positions[index]}`;
        return (await api.get<FeedChanges>(path)).body.reset;
      }),
    );
  expect(await wereReset()).toEqual([false, false, false, false]);
  await redis.del(await redis.keys(`${shards.all[2]?.prefix}:*`));
  await until(async () => (await wereReset()).includes(true), 'the loss is noticed');
  expect(await wereReset()).toEqual([false, false, true, false]);
  await redis.flushdb();
  await until(async () => (await wereReset()).every((wasReset) => wasReset), 'each loss is noticed');
  for (const [index, api] of services.entries()) {
    await until(async () => (await api.post('/v1/actions?wait=1', saidAction)).status === 200);
    const { items, position } = await feedOf(api);
    expect(items.length).toBeGreaterThanOrEqual(2);
    expect(position > (positions[index] ?? '')).toBe(true);
  }
});

test.each(['server/main.ts', 'workers/main.ts'])(
  '%s exits with one line if there is another number of shards',
  async (main) => {
    await start();
    const child = spawn(process.execPath, ['--import', 'tsx', main], {
      env: { ...process.env, ...hub.services.env, REDIS_SHARDS: '8' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(code).toBe(1);
    expect(errors).toMatch(/^REDIS_SHARDS is 8, but the data in Redis is divided into 4\. .*\n$/);
    expect(await redis.keys('*:epoch')).toHaveLength(COUNT);
  },
);
