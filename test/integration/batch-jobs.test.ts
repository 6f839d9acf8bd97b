/** Which jobs a worker runs as jobs of a current space, and the size of their first batch. */
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FIRST_POSITION } from '../../core/model/units.ts';
import type { ReadLimits } from '../../core/ports/queue.ts';
import { type BatchJob, BatchJobQueue, queueNames, retryForever } from '../../infra/bullmq/queues.ts';
import type { QueueWorker } from '../../infra/bullmq/takeover.ts';
import { createLogger } from '../../infra/log.ts';
import { RedisCallLedger } from '../../infra/redis/call-ledger.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { RedisPartitionQueue } from '../../infra/redis/partition-queue.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { WakeUps } from '../../infra/redis/wake-ups.ts';
import { partitionWorker } from '../../workers/partitions.ts';
import { SpacePriority } from '../../workers/space-priority.ts';
import { MemoryHub } from '../support/memory/hub.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

const BACKLOGGED = 5_000;
/** Counts as lagging only while other spaces have work. */
const BACKLOGGED_WITH_OTHERS = 700;
const FIRST_BATCH = 50;

const log = createLogger('test', 'silent');
let services: TestServices;
let redis: Redis;
let queue: BatchJobQueue;
let spacePriority: SpacePriority;
let wakeUps: WakeUps;
let worker: QueueWorker<BatchJob> | undefined;
/** For each read of the partition, the requested number of actions. */
let reads: number[];

beforeAll(async () => {
  services = await isolatedServices();
});
afterAll(() => services.remove());
beforeEach(async () => {
  redis = new Redis(services.config.redisUrl, { maxRetriesPerRequest: null });
  await redis.flushdb();
  spacePriority = new SpacePriority();
  queue = new BatchJobQueue(redis, shards, log, (space) => spacePriority.isCompeting(space));
  reads = [];
  wakeUps = new WakeUps(redis, shards, 'worker');
});
afterEach(async () => {
  await worker?.close();
  await queue.close();
  redis.disconnect();
});

/** Runs a job that waited for a second, of a space with this many pending actions. */
async function run(job: Partial<BatchJob>, { pendingCount = 0, crashes = 0 } = {}): Promise<void> {
  const [current] = queue.queues;
  const timestamp = Date.now() - 1_000;
  const added = await current?.add(
    'batch',
    { space: 'acme', partition: 7, ...job },
    { ...retryForever, timestamp },
  );
  // BullMQ counts started attempts in this field.
  await redis.hset(`${FIRST_SHARD.queuePrefix}:${queueNames.partitions}:${added?.id}`, 'ats', crashes);
  const partitions = {
    pendingCount: async () => pendingCount,
    read: async (_space: string, _partitions: readonly number[], { actions }: ReadLimits) => {
      reads.push(actions);
      return { batches: [], unread: [], position: FIRST_POSITION };
    },
  };
  worker = partitionWorker(
    {
      ...new MemoryHub().deps,
      partitions: partitions as unknown as RedisPartitionQueue,
      batchJobQueue: queue,
      ledger: new RedisCallLedger(redis, log),
      spacePriority,
      wakeUps,
      log,
    },
    { connection: redis, prefix: FIRST_SHARD.queuePrefix },
  );
  await until(async () => (await current?.getJobCountByTypes('waiting', 'active')) === 0);
}

const backlogQueueSize = async () => (await queue.queues[1]?.getWaitingCount()) ?? 0;

it('a job of a current space starts with a small batch, because the space may lag by now', async () => {
  await run({});
  expect(reads).toEqual([FIRST_BATCH]);
  expect(await backlogQueueSize()).toBe(0);
});

it('a job of a space that lags moves to the other queue', async () => {
  await run({}, { pendingCount: BACKLOGGED });
  expect(reads).toEqual([]);
  expect(await backlogQueueSize()).toBe(1);
});

it.each([
  { other: 'acme', moved: 0 },
  { other: 'beta', moved: 1 },
])('while $other has work, $moved jobs move to the other queue', async ({ other, moved }) => {
  const idle = new AbortController();
  const otherWork = spacePriority.runCurrent(other, () => once(idle.signal, 'abort'));
  await run({}, { pendingCount: BACKLOGGED_WITH_OTHERS });
  idle.abort();
  await otherWork;
  expect(await backlogQueueSize()).toBe(moved);
});

it('a failed job stays, because the other queue does not know its failures', async () => {
  await run({ faults: 1 }, { pendingCount: BACKLOGGED });
  expect(reads).toEqual([FIRST_BATCH]);
  expect(await backlogQueueSize()).toBe(0);
});

it('a job takes a single action after three failures', async () => {
  await run({ faults: 3 }, { pendingCount: BACKLOGGED });
  expect(reads).toEqual([1]);
});

it.each([
  { crashes: 1, first: FIRST_BATCH },
  { crashes: 2, first: 1 },
])(
  'a job on which $crashes processes crashed stays and takes $first actions first',
  async ({ crashes, first }) => {
    await run({}, { pendingCount: BACKLOGGED, crashes });
    expect(reads).toEqual([first]);
    expect(await backlogQueueSize()).toBe(0);
  },
);

it.each([
  { job: {}, crashes: 0, expected: [] },
  { job: { faults: 1 }, crashes: 0, expected: [FIRST_BATCH] },
  { job: {}, crashes: 1, expected: [FIRST_BATCH] },
])(
  'a job ends at once if another worker processes its partition, unless it failed before: $job, $crashes',
  async ({ job, crashes, expected }) => {
    await new WakeUps(redis, shards, 'other').withClaims('acme', [7], async () => {
      await until(() => wakeUps.isClaimed({ space: 'acme', partition: 7 }), 'it is claimed');
      await run(job, { crashes });
    });
    expect(reads).toEqual(expected);
  },
);
