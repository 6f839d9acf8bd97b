/** Which queue a lane is woken in, and how often. */
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type LaneJob, LaneQueue } from '../../infra/bullmq/queues.ts';
import { createLogger } from '../../infra/log.ts';
import { ownServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const CURRENT = 1_000;
const BEHIND = 1_001;
/** The same while other spaces have work. */
const CURRENT_BESIDE = 600;
const BEHIND_BESIDE = 601;

let services: TestServices;
let redis: Redis;
let queue: LaneQueue;
let hasOthers = false;

beforeAll(async () => {
  services = await ownServices();
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
  queue = new LaneQueue(redis, createLogger('test', 'silent'), () => hasOthers);
});

/** Lanes that wait, by the name of their queue. */
async function waiting(): Promise<Record<string, string[]>> {
  const of = async (each: Queue) => {
    const jobs = (await each.getWaiting()) as Array<{ data: LaneJob }>;
    return [each.name, jobs.map(({ data }) => `${data.space}.${data.lane}`).sort()] as const;
  };
  return Object.fromEntries(await Promise.all(queue.queues.map(of)));
}

it('a space that is behind is woken in a queue of its own', async () => {
  await queue.wake('quiet', [1, 2], CURRENT);
  await queue.wake('flooded', [3], BEHIND);
  await queue.putBehind('crowding', [4]);
  expect(await waiting()).toEqual({ lanes: ['quiet.1', 'quiet.2'], behind: ['crowding.4', 'flooded.3'] });
});

it('a space is behind earlier while others have work', async () => {
  await queue.wake('alone', [1], BEHIND_BESIDE);
  hasOthers = true;
  await queue.wake('quiet', [2], CURRENT_BESIDE);
  await queue.wake('flooded', [3], BEHIND_BESIDE);
  expect(await waiting()).toEqual({ lanes: ['alone.1', 'quiet.2'], behind: ['flooded.3'] });
});

it('a lane that waits already is not woken twice', async () => {
  await queue.wake('quiet', [1], CURRENT);
  await queue.wake('quiet', [1, 2], CURRENT);
  expect(await waiting()).toEqual({ lanes: ['quiet.1', 'quiet.2'], behind: [] });
});

it('what is accepted into a space that is behind wakes its lanes a few times, not each time', async () => {
  const wake = vi.spyOn(queue, 'wake');
  const lanes = Array.from({ length: 50 }, (_, lane) => lane);
  for (const lane of lanes) queue.wakeAccepted('flooded', [lane, 63 - lane], BEHIND, 2);
  await until(async () => (await waiting()).behind?.length === 64);
  expect(wake.mock.calls.length).toBe(2);
  await until(async () => {
    queue.wakeAccepted('later', [7], BEHIND, 1);
    return (await waiting()).behind?.includes('later.7') === true;
  });
});

it.each([
  { name: 'lanes', others: false },
  { name: 'behind', others: true },
])('where less than a thousand wait each acceptance wakes its lanes, in $name', async ({ name, others }) => {
  hasOthers = others;
  const woken = [vi.spyOn(queue, 'wake'), vi.spyOn(queue, 'putBehind')];
  for (const lane of [1, 2, 3]) queue.wakeAccepted('quiet', [lane], CURRENT, 1);
  await until(async () => (await waiting())[name]?.length === 3);
  expect(woken.flatMap(({ mock }) => mock.calls)).toHaveLength(3);
});

it.each([
  { before: 200, name: 'lanes' },
  { before: 201, name: 'behind' },
])('beside others, a large batch on top of $before waits in $name', async ({ before, name }) => {
  hasOthers = true;
  const fresh = 350;
  queue.wakeAccepted('loud', [1], before + fresh, fresh);
  await until(async () => (await waiting())[name]?.length === 1);
});
