/** The backlog's counters are exact after every operation. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoggedAction } from '../../core/model/entities.ts';
import { hash32 } from '../../core/model/keys.ts';
import { asMillis } from '../../core/model/units.ts';
import { createIdGenerator } from '../../infra/ids.ts';
import { createLogger } from '../../infra/log.ts';
import { PARTITION_COUNT, RedisActionQueue } from '../../infra/redis/action-queue.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisPartitionQueue } from '../../infra/redis/partition-queue.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

const shards = new Shards(1);

const SPACES = ['default', 'other'];
const ACTORS = ['ada', 'ben', 'cleo'];
const ACTOR_PARTITIONS = ACTORS.map((actor) => hash32(`user:${actor}`) % PARTITION_COUNT);
const newId = createIdGenerator();

let services: TestServices;
let redis: Redis;
let partitions: RedisPartitionQueue;
let queue: RedisActionQueue;

beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
  partitions = new RedisPartitionQueue(
    redis,
    shards,
    new MemoryBus(),
    createLogger('test', 'silent'),
    async () => [],
  );
  const bounds = { actions: 12, bytes: 6_000 };
  queue = new RedisActionQueue(redis, shards, () => undefined, {
    limits: () => ({
      ...bounds,
      perSpace: { actions: 8, bytes: 4_000 },
      weightedBytes: 16_000,
      elsewhere: { actions: 0, bytes: 0 },
    }),
    retryAfterMs: () => 1_000,
    outOfMemory: () => undefined,
  });
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});

const actionOf = (actor: string, text: string): LoggedAction => ({
  id: newId(),
  actor: { type: 'user', id: actor },
  verb: 'said',
  targets: [],
  related: [],
  level: 30,
  data: { text },
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
});

/** Totals of what Redis stores, counted from the stored data. */
async function storedTotals() {
  const found = { actions: 0, bytes: 0, spaces: {} as Record<string, number> };
  for (const space of SPACES) {
    const pending = await redis.zcard(FIRST_SHARD.pendingKey(space));
    found.actions += pending;
    if (pending > 0) found.spaces[space] = pending;
    for (const partition of ACTOR_PARTITIONS) {
      for (const [, fields] of await redis.xrange(FIRST_SHARD.partitionKey(space, partition), '-', '+')) {
        for (let at = 0; at < fields.length; at += 2) {
          if (fields[at] === 'a') found.bytes += Buffer.byteLength(fields[at + 1] ?? '');
        }
      }
    }
  }
  return found;
}

async function counterTotals() {
  const all = Object.entries(await redis.hgetall(FIRST_SHARD.backlogKey)).map(
    ([name, value]): [string, number] => [name, Number(value)],
  );
  const of = (name: string) => all.find(([found]) => found === name)?.[1] ?? 0;
  const sum = (pattern: RegExp) =>
    all.reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
  return {
    actions: of('actions'),
    bytes: of('bytes'),
    spaces: Object.fromEntries(
      all.flatMap(([name, value]) => (name.startsWith('a:') ? [[name.slice(2), value]] : [])),
    ),
    spaceBytes: sum(/^b:/),
    partitionBytes: sum(/\./),
  };
}

async function isExact(): Promise<void> {
  const [now, { actions, bytes, spaces }] = [await counterTotals(), await storedTotals()];
  expect(now).toEqual({ actions, bytes, spaces, spaceBytes: bytes, partitionBytes: bytes });
}

/** Processes a batch of the first non-empty partition of a space, up to a step at which the worker crashes. */
async function processBatch(
  space: string,
  crashesAfter: 'complete' | 'remove' | 'never',
  defersFanOut: boolean,
) {
  const nonEmpty = (await partitions.busyPartitions()).find((each) => each.space === space);
  if (!nonEmpty) return [];
  const { batches } = await partitions.read(space, [nonEmpty.partition], { actions: 2, bytes: 1_000_000 });
  const records = batches.flatMap((batch) => batch.records);
  const ids = records.flatMap((entry) => entry.actions.map(({ id }) => id));
  if (!defersFanOut && crashesAfter !== 'complete') {
    await partitions.acknowledge(space, batches);
    if (crashesAfter === 'remove') await partitions.acknowledge(space, batches);
    return [];
  }
  if (!defersFanOut) await partitions.complete(space, ids);
  if (crashesAfter === 'complete') return [];
  await partitions.remove(space, nonEmpty.partition, records);
  // Another worker removes the same records.
  if (crashesAfter === 'remove') await partitions.remove(space, nonEmpty.partition, records);
  return defersFanOut ? ids : [];
}

const space = fc.constantFrom(...SPACES);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      space,
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3')),
      actors: fc.array(fc.constantFrom(...ACTORS), { minLength: 1, maxLength: 4 }),
      length: fc.constantFrom(0, 10, 900, 2_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('process batch' as const),
      space,
      crashesAfter: fc.constantFrom('complete' as const, 'remove' as const, 'never' as const),
      defersFanOut: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('fan out' as const), space }),
  fc.record({ do: fc.constant('dead-letter' as const), space }),
  fc.record({ do: fc.constant('flush' as const) }),
);

test('counters are exact after any sequence of operations', async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
      await redis.flushdb();
      const deferred = new Map<string, string[]>();
      for (const each of steps) {
        if (each.do === 'accept') {
          const text = 'ö'.repeat(each.length);
          const before = await storedTotals();
          const response = await queue.accept({
            space: each.space,
            subject: 'service',
            key: each.key ?? null,
            hash: JSON.stringify([each.actors, each.length]),
            actions: each.actors.map((actor) => ({ action: actionOf(actor, text), key: null, hash: '' })),
          });
          if (response.kind === 'overloaded') {
            refusals += 1;
            expect(await storedTotals()).toEqual(before);
          }
        } else if (each.do === 'process batch') {
          const ids = await processBatch(each.space, each.crashesAfter, each.defersFanOut);
          deferred.set(each.space, [...(deferred.get(each.space) ?? []), ...ids]);
        } else if (each.do === 'fan out') {
          const ids = deferred.get(each.space) ?? [];
          if (ids.length > 0) await partitions.complete(each.space, ids);
        } else if (each.do === 'dead-letter') {
          const nonEmpty = (await partitions.busyPartitions()).find((found) => found.space === each.space);
          const [head] = nonEmpty
            ? (
                await partitions.read(each.space, [nonEmpty.partition], { actions: 1, bytes: 1_000_000 })
              ).batches.flatMap(({ records }) => records)
            : [];
          if (nonEmpty && head)
            await partitions.moveToDeadLetters(each.space, nonEmpty.partition, head.id, {
              reason: 'a reason',
              attempts: 8,
            });
        } else await redis.flushdb();
        await isExact();
      }
      // An empty backlog leaves only the counter of completed actions.
      for (const of of SPACES) {
        while ((await partitions.busyPartitions()).some((nonEmpty) => nonEmpty.space === of))
          await processBatch(of, 'never', false);
        await partitions.complete(of, ['none', ...(deferred.get(of) ?? [])]);
      }
      await isExact();
      expect(await counterTotals()).toMatchObject({ actions: 0, bytes: 0 });
    }),
    { numRuns: 25 },
  );
  expect(refusals).toBeGreaterThan(0);
}, 180_000);

test('wrong counters are corrected when the next batch of the space is processed', async () => {
  await redis.flushdb();
  const accept = () =>
    queue.accept({
      space: 'default',
      subject: 'service',
      key: null,
      hash: '',
      actions: [{ action: actionOf('ada', ''), key: null, hash: '' }],
    });
  await accept();
  // Leaves the state that a worker of an earlier version leaves.
  await redis.zremrangebyrank(FIRST_SHARD.pendingKey('default'), 0, -1);
  const [nonEmpty] = await partitions.busyPartitions();
  const [head] = nonEmpty
    ? (
        await partitions.read('default', [nonEmpty.partition], { actions: 1, bytes: 1_000_000 })
      ).batches.flatMap(({ records }) => records)
    : [];
  if (!nonEmpty || !head) throw new Error('nothing waits');
  await redis.xadd(
    FIRST_SHARD.partitionKey('default', nonEmpty.partition),
    '*',
    'seq',
    '1',
    'at',
    '1',
    'a',
    '{"id":"x"}',
  );
  await accept();
  const records = await redis.xrange(FIRST_SHARD.partitionKey('default', nonEmpty.partition), '-', '+');
  await partitions.remove(
    'default',
    nonEmpty.partition,
    records.map(([id]) => ({ id, bytes: 500 })),
  );
  await partitions.complete('default', ['another']);
  await isExact();
  expect(await counterTotals()).toMatchObject({ actions: 1, bytes: 0 });
});
