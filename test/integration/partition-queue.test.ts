/** The worker's side of partitions: the size of batches, and records that cannot be processed. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewDeadLetter } from '../../core/dead-letters/store.ts';
import type { LoggedAction } from '../../core/model/entities.ts';
import { asMillis } from '../../core/model/units.ts';
import type { BatchRead, BatchRecord } from '../../core/ports/queue.ts';
import { createIdGenerator } from '../../infra/ids.ts';
import { createLogger } from '../../infra/log.ts';
import { RedisActionQueue } from '../../infra/redis/action-queue.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisPartitionQueue } from '../../infra/redis/partition-queue.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

const shards = new Shards(1);

const SPACE = 'default';
const newId = createIdGenerator();
/** The partition of actions without an actor. */
const PARTITION = 0;

let services: TestServices;
let redis: Redis;
let bus: MemoryBus;
let partitions: RedisPartitionQueue;
let queue: RedisActionQueue;
let deadLetters: NewDeadLetter[];

beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});
beforeEach(async () => {
  await redis.flushdb();
  bus = new MemoryBus();
  deadLetters = [];
  partitions = new RedisPartitionQueue(
    redis,
    shards,
    bus,
    createLogger('test', 'silent'),
    async (_space, letter) => {
      deadLetters.push(letter);
      return [];
    },
  );
  queue = new RedisActionQueue(redis, shards, () => undefined);
});

const action = (length = 0): LoggedAction => ({
  id: newId(),
  actor: null,
  verb: 'closed',
  targets: [{ type: 'issue', id: '7', url: 'u'.repeat(length) }],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
});

/** Returns the ids. */
async function accept(...actions: LoggedAction[]): Promise<string[]> {
  const incoming = actions.map((each) => ({ action: each, key: null, hash: '' }));
  await queue.accept({ space: SPACE, subject: 'ada', key: null, hash: '', actions: incoming });
  return actions.map(({ id }) => id);
}

async function readRecords(actions: number, bytes = 8_388_608): Promise<BatchRecord[]> {
  const { batches } = await partitions.read(SPACE, [PARTITION], { actions, bytes });
  return batches.flatMap(({ records }) => records);
}

async function readIds(max: number): Promise<string[][]> {
  return (await readRecords(max)).map((record) => record.actions.map(({ id }) => id));
}

describe('a partition', () => {
  it('is read from the oldest record on, in whole records, up to the requested number of actions', async () => {
    const batches: string[][] = [];
    for (let count = 0; count < 20; count += 1) batches.push(await accept(action(), action(), action()));
    expect(await readIds(1)).toEqual(batches.slice(0, 1));
    expect(await readIds(31)).toEqual(batches.slice(0, 11));
    expect(await readIds(500)).toEqual(batches);
  });

  it('is read in steps of about the requested bytes', async () => {
    const ids: string[][] = [];
    for (let count = 0; count < 12; count += 1) ids.push(await accept(action(1_000_000)));
    expect(await readIds(500)).toEqual(ids.slice(0, 9));
    await partitions.remove(SPACE, PARTITION, await readRecords(500));
    expect(await readIds(500)).toEqual(ids.slice(9));
    await redis.del(FIRST_SHARD.partitionKey(SPACE, PARTITION));
    const [large] = await accept(action(9_000_000));
    await accept(action());
    expect(await readIds(500)).toEqual([[large]]);
  });

  it('skips records that cannot be read', async () => {
    for (let count = 0; count < 3; count += 1)
      await redis.xadd(FIRST_SHARD.partitionKey(SPACE, PARTITION), '*', 'a', '{');
    const ids = await accept(action());
    expect(await readIds(1)).toEqual([ids]);
    expect(deadLetters).toMatchObject(Array.from({ length: 3 }, () => ({ actions: null, ids: [] })));
  });
});

describe('several partitions', () => {
  /** The partitions of these actors, each once. */
  const acceptFrom = async (actor: string, count = 1): Promise<void> => {
    for (let n = 0; n < count; n += 1) await accept({ ...action(), actor: { type: 'user', id: actor } });
  };
  const busy = async (): Promise<number[]> =>
    (await partitions.busyPartitions()).map((each) => each.partition);
  const read = (numbers: readonly number[], actions: number) =>
    partitions.read(SPACE, numbers, { actions, bytes: 8_388_608 });
  const countsOf = ({ batches }: Pick<BatchRead, 'batches'>) =>
    batches.map(({ records }) => records.flatMap(({ actions }) => actions).length);

  it('are read together and share the limit', async () => {
    await acceptFrom('ada', 20);
    await acceptFrom('bob', 3);
    await acceptFrom('cy', 20);
    const numbers = await busy();
    expect(numbers).toHaveLength(3);
    expect(countsOf(await read(numbers, 500)).sort()).toEqual([20, 20, 3]);
    const limited = await read(numbers, 30);
    expect(limited.unread).toEqual([]);
    expect(countsOf(limited).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(30);
    expect(Math.min(...countsOf(limited))).toBeGreaterThanOrEqual(3);
  });

  it('behind the limit stay unread', async () => {
    for (const actor of ['ada', 'bob', 'cy']) await acceptFrom(actor);
    const numbers = await busy();
    const { batches, unread } = await read(numbers, 2);
    expect(batches.map(({ partition }) => partition)).toEqual(numbers.slice(0, 2));
    expect(unread).toEqual(numbers.slice(2));
  });

  it('are acknowledged together, and those that hold more remain', async () => {
    await acceptFrom('ada');
    await acceptFrom('bob', 2);
    const numbers = await busy();
    const { batches } = await read(numbers, 2);
    expect(await partitions.acknowledge(SPACE, batches)).toHaveLength(1);
    expect(await busy()).toHaveLength(1);
    const left = await read(await busy(), 500);
    expect(countsOf(left)).toEqual([1]);
    expect(await partitions.acknowledge(SPACE, left.batches)).toEqual([]);
    expect(await busy()).toEqual([]);
    expect(await partitions.pendingCount(SPACE)).toBe(0);
  });

  it('of more actions than one script completes are all acknowledged, with one message', async () => {
    const ids: string[] = [];
    for (const actor of ['ada', 'bob', 'cy', 'dan']) {
      const actions = Array.from({ length: 400 }, () => ({
        ...action(),
        actor: { type: 'user', id: actor },
      }));
      ids.push(...(await accept(...actions)));
    }
    const { batches, unread } = await read(await busy(), 2_000);
    expect(unread).toEqual([]);
    expect(await partitions.acknowledge(SPACE, batches)).toEqual([]);
    expect(await partitions.pendingCount(SPACE)).toBe(0);
    expect(bus.published).toHaveLength(1);
    expect(bus.published).toMatchObject([{ message: { kind: 'completed' } }]);
    const [{ message } = { message: null }] = bus.published;
    expect(message?.kind === 'completed' && [...message.ids].sort()).toEqual([...ids].sort());
  });
});

describe('a record that no worker can process', () => {
  const deadLetterHead = async (): Promise<void> => {
    const [record] = await readRecords(1);
    if (record)
      await partitions.moveToDeadLetters(SPACE, PARTITION, record.id, { reason: 'a reason', attempts: 8 });
  };

  it('leaves its partition but stays pending, so that nobody is notified of completion', async () => {
    const [ids, next] = [await accept(action(), action()), await accept(action())];
    await deadLetterHead();
    expect(await readIds(500)).toEqual([next]);
    expect(await queue.pending(SPACE, [...ids, ...next])).toEqual([...ids, ...next]);
    expect(await queue.deadLettered(SPACE, [...ids, ...next])).toEqual(ids);
    expect(deadLetters).toMatchObject([{ id: ids[0], ids, reason: 'a reason', attempts: 8 }]);
    expect(bus.published).toMatchObject([{ message: { kind: 'completed', ids, deadLettered: true } }]);
  });
});
