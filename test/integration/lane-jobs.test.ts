/** Which jobs a worker drains as those of a current space, and how much it takes at first. */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type LaneJob, LaneQueue, queueNames, queuePrefix, untilDone } from '../../infra/bullmq/queues.ts';
import type { QueueWorker } from '../../infra/bullmq/takeover.ts';
import { createLogger } from '../../infra/log.ts';
import { RedisCallLedger } from '../../infra/redis/call-ledger.ts';
import type { RedisLanes } from '../../infra/redis/lanes.ts';
import { laneWorker } from '../../workers/lanes.ts';
import { Precedence } from '../../workers/precedence.ts';
import { MemoryHub } from '../support/memory/hub.ts';
import { ownServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const BEHIND = 5_000;
/** So many are behind only while others have work. */
const BEHIND_BESIDE = 700;
const FIRST_BATCH = 50;

const log = createLogger('test', 'silent');
let services: TestServices;
let redis: Redis;
let queue: LaneQueue;
let precedence: Precedence;
let worker: QueueWorker<LaneJob> | undefined;
/** For each read of a lane, how many actions were asked for. */
let reads: number[];

beforeAll(async () => {
  services = await ownServices();
});
afterAll(() => services.remove());
beforeEach(async () => {
  redis = new Redis(services.config.redisUrl, { maxRetriesPerRequest: null });
  await redis.flushdb();
  precedence = new Precedence();
  queue = new LaneQueue(redis, log, (space) => precedence.isBeside(space));
  reads = [];
});
afterEach(async () => {
  await worker?.close();
  await queue.close();
  redis.disconnect();
});

/** A job that waited for long, of a space of which so many actions wait. */
async function run(job: Partial<LaneJob>, { waiting = 0, deaths = 0 } = {}): Promise<void> {
  const [current] = queue.queues;
  const timestamp = Date.now() - 1_000;
  const added = await current?.add('drain', { space: 'acme', lane: 7, ...job }, { ...untilDone, timestamp });
  // As BullMQ counts the attempts that began.
  await redis.hset(`${queuePrefix}:${queueNames.lanes}:${added?.id}`, 'ats', deaths);
  const lanes = {
    waiting: async () => waiting,
    read: async (_space: string, _lane: number, most: number) => {
      reads.push(most);
      return [];
    },
  };
  worker = laneWorker(
    {
      ...new MemoryHub().deps,
      lanes: lanes as unknown as RedisLanes,
      laneQueue: queue,
      ledger: new RedisCallLedger(redis, log),
      precedence,
      log,
    },
    { connection: redis, prefix: queuePrefix },
  );
  await until(async () => (await current?.getJobCountByTypes('waiting', 'active')) === 0);
}

const movedBehind = async () => (await queue.queues[1]?.getWaitingCount()) ?? 0;

it('one of a current space begins with a small batch: the space may have fallen behind since it was woken', async () => {
  await run({});
  expect(reads).toEqual([FIRST_BATCH]);
  expect(await movedBehind()).toBe(0);
});

it('one of a space that has fallen behind goes to the other queue', async () => {
  await run({}, { waiting: BEHIND });
  expect(reads).toEqual([]);
  expect(await movedBehind()).toBe(1);
});

it.each([
  { other: 'acme', behind: 0 },
  { other: 'beta', behind: 1 },
])('while $other has work, of one $behind go to the other queue', async ({ other, behind }) => {
  const end = new AbortController();
  const working = precedence.during(other, () => once(end.signal, 'abort'));
  await run({}, { waiting: BEHIND_BESIDE });
  end.abort();
  await working;
  expect(await movedBehind()).toBe(behind);
});

it('one that failed remains: the other would not know what went wrong', async () => {
  await run({ faults: 1 }, { waiting: BEHIND });
  expect(reads).toEqual([FIRST_BATCH]);
  expect(await movedBehind()).toBe(0);
});

it('and takes a single action after three failures', async () => {
  await run({ faults: 3 }, { waiting: BEHIND });
  expect(reads).toEqual([1]);
});

it.each([
  { deaths: 1, first: FIRST_BATCH },
  { deaths: 2, first: 1 },
])('one on which $deaths processes died remains, and takes $first at first', async ({ deaths, first }) => {
  await run({}, { waiting: BEHIND, deaths });
  expect(reads).toEqual([first]);
  expect(await movedBehind()).toBe(0);
});
