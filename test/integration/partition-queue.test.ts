/** The worker's side of partitions: the size of batches, and records that cannot be processed. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewDeadLetter } from '../../core/dead-letters/store.ts';
import type { LoggedAction } from '../../core/model/entities.ts';
import { asMillis } from '../../core/model/units.ts';
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

async function readIds(max: number): Promise<string[][]> {
  const { records } = await partitions.read(SPACE, PARTITION, { actions: max, bytes: 8_388_608 });
  return records.map((record) => record.actions.map(({ id }) => id));
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
    const { records } = await partitions.read(SPACE, PARTITION, { actions: 500, bytes: 8_388_608 });
    await partitions.remove(SPACE, PARTITION, records);
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

describe('a record that no worker can process', () => {
  const deadLetterHead = async (): Promise<void> => {
    const [record] = (await partitions.read(SPACE, PARTITION, { actions: 1, bytes: 1_000_000 })).records;
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
