/** Which queue a partition's batch jobs go to, and how often. */
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type BatchJob, BatchJobQueue } from '../../infra/bullmq/queues.ts';
import { createLogger } from '../../infra/log.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

const CURRENT = 1_000;
const BACKLOGGED = 1_001;
/** The limits while other spaces have work. */
const CURRENT_WITH_OTHERS = 600;
const BACKLOGGED_WITH_OTHERS = 601;

let services: TestServices;
let redis: Redis;
let queue: BatchJobQueue;
let hasOthers = false;

beforeAll(async () => {
  services = await isolatedServices();
});
afterAll(async () => {
  await queue.close();
  redis.disconnect();
  await services.remove();
});
beforeEach(async () => {
  await queue?.close();
  redis?.disconnect();
  redis = new Redis(services.config.redisUrl, { maxRetriesPerRequest: null });
  await redis.flushdb();
  hasOthers = false;
  queue = new BatchJobQueue(redis, shards, createLogger('test', 'silent'), () => hasOthers);
});

/** Partitions with a waiting job, by the name of their queue. */
async function waitingJobs(): Promise<Record<string, string[]>> {
  const of = async (each: Queue) => {
    const jobs = (await each.getWaiting()) as Array<{ data: BatchJob }>;
    return [each.name, jobs.map(({ data }) => `${data.space}.${data.partition}`).sort()] as const;
  };
  return Object.fromEntries(await Promise.all(queue.queues.map(of)));
}

it('partitions of a lagging space go to a separate queue', async () => {
  await queue.notify('quiet', [1, 2], CURRENT);
  await queue.notify('flooded', [3], BACKLOGGED);
  await queue.notifyLagging('crowding', [4]);
  expect(await waitingJobs()).toEqual({
    partitions: ['quiet.1', 'quiet.2'],
    lagging: ['crowding.4', 'flooded.3'],
  });
});

it('a space counts as lagging earlier while other spaces have work', async () => {
  await queue.notify('alone', [1], BACKLOGGED_WITH_OTHERS);
  hasOthers = true;
  await queue.notify('quiet', [2], CURRENT_WITH_OTHERS);
  await queue.notify('flooded', [3], BACKLOGGED_WITH_OTHERS);
  expect(await waitingJobs()).toEqual({ partitions: ['alone.1', 'quiet.2'], lagging: ['flooded.3'] });
});

it('a partition with a waiting job is not queued twice', async () => {
  await queue.notify('quiet', [1], CURRENT);
  await queue.notify('quiet', [1, 2], CURRENT);
  expect(await waitingJobs()).toEqual({ partitions: ['quiet.1', 'quiet.2'], lagging: [] });
});

it('batches accepted into a lagging space notify its partitions a few times, not every time', async () => {
  const notifySpy = vi.spyOn(queue, 'notify');
  const partitions = Array.from({ length: 50 }, (_, partition) => partition);
  for (const partition of partitions)
    queue.notifyAccepted('flooded', [partition, 63 - partition], BACKLOGGED, 2);
  await until(async () => (await waitingJobs()).lagging?.length === 64);
  expect(notifySpy.mock.calls.length).toBe(2);
  await until(async () => {
    queue.notifyAccepted('later', [7], BACKLOGGED, 1);
    return (await waitingJobs()).lagging?.includes('later.7') === true;
  });
});

it.each([
  { name: 'partitions', others: false },
  { name: 'lagging', others: true },
])(
  'with fewer than a thousand pending actions, each batch notifies its partitions, in $name',
  async ({ name, others }) => {
    hasOthers = others;
    const notifySpies = [vi.spyOn(queue, 'notify'), vi.spyOn(queue, 'notifyLagging')];
    for (const partition of [1, 2, 3]) queue.notifyAccepted('quiet', [partition], CURRENT, 1);
    await until(async () => (await waitingJobs())[name]?.length === 3);
    expect(notifySpies.flatMap(({ mock }) => mock.calls)).toHaveLength(3);
  },
);

it.each([
  { before: 200, name: 'partitions' },
  { before: 201, name: 'lagging' },
])('with other spaces busy, a large batch on top of $before waits in $name', async ({ before, name }) => {
  hasOthers = true;
  const added = 350;
  queue.notifyAccepted('loud', [1], before + added, added);
  await until(async () => (await waitingJobs())[name]?.length === 1);
});
