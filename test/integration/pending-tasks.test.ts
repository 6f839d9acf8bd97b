/** Pending tasks in Redis behave like the in-memory implementation. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asPosition, wallClock } from '../../core/model/units.ts';
import type { ClaimedTask, PendingTask, Task } from '../../core/ports/tasks.ts';
import { RedisActionQueue } from '../../infra/redis/action-queue.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisPendingTasks } from '../../infra/redis/pending-tasks.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { MemoryPendingTasks } from '../support/memory/pending-tasks.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

const shards = new Shards(1);

let services: TestServices;
let redis: Redis;
beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});

// Names that a wrong separator would confuse.
const tasks: Task[] = [
  { kind: 'backfill', user: 'ada', key: 'project:p 1' },
  { kind: 'backfill', user: 'ada project:p', key: '1' },
  { kind: 'recall', action: '01J' },
  { kind: 'delete', key: 'user:ü"]\n' },
];
const step = fc.record({
  operation: fc.constantFrom('lease' as const, 'ready' as const, 'complete' as const, 'claim' as const),
  taskIndex: fc.nat(tasks.length - 1),
  /** Which of the leases so far. */
  leaseIndex: fc.nat(5),
});

test('pending tasks in Redis behave like the in-memory implementation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await redis.flushdb();
      const real = new RedisPendingTasks(redis, shards, new MemoryBus(), () => undefined);
      let position = 0;
      const bus = new MemoryBus();
      const memory = new MemoryPendingTasks(bus, wallClock, () => {
        position += 1;
        return asPosition(position);
      });
      const queue = new RedisActionQueue(redis, shards, () => undefined);
      const leased: Array<{ real: PendingTask; memory: PendingTask }> = [];
      for (const { operation, taskIndex, leaseIndex } of steps) {
        const task = tasks[taskIndex];
        const chosen = leased[leaseIndex % leased.length];
        if (!task) continue;
        if (operation === 'lease') {
          const [[redisResult], [memoryResult]] = [
            await real.lease('s', [task]),
            await memory.lease('s', [task]),
          ];
          if (redisResult && memoryResult) leased.push({ real: redisResult, memory: memoryResult });
        } else if (operation === 'ready' && chosen) {
          await real.markReady('s', [chosen.real]);
          await memory.markReady('s', [chosen.memory]);
        } else if (operation === 'complete' && chosen) {
          expect(await real.complete('s', chosen.real)).toBe(await memory.complete('s', chosen.memory));
        } else if (operation === 'claim' && chosen) {
          const { name } = chosen.real;
          const redisResult: ClaimedTask | null = await real.claim({ space: 's', name });
          const memoryResult = await memory.claim('s', name);
          expect(redisResult?.task).toEqual(memoryResult?.task);
          if (redisResult && memoryResult) leased.push({ real: redisResult, memory: memoryResult });
        }
        const due = (await real.due(FIRST_SHARD, 0, 100)).map(({ name }) => name);
        expect(due.toSorted()).toEqual(memory.due('s').toSorted());
        const names = [...new Set(leased.map(({ real: { name } }) => name))];
        expect((await queue.pending('s', names)).toSorted()).toEqual(
          memory.pendingNames('s', names).toSorted(),
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('an expired lease requeues the task, and a completed task leaves nothing behind', async () => {
  await redis.flushdb();
  const bus = new MemoryBus();
  const notified: string[] = [];
  const real = new RedisPendingTasks(redis, shards, bus, (due) =>
    notified.push(...due.map(({ name }) => name)),
  );
  const [task] = tasks;
  if (!task) throw new Error('there is no task');
  const [first] = await real.lease('s', [task]);
  const [second] = await real.lease('s', [task]);
  if (!first || !second) throw new Error('nothing was leased');
  const due = { space: 's', name: first.name };
  expect(second.leaseToken).toBeGreaterThan(first.leaseToken);
  expect(await real.claim(due)).toBeNull();
  await real.markReady('s', [first]);
  expect(notified).toEqual([first.name]);
  const claimed = await real.claim(due);
  // The start position is that of the first lease: the holder of the second may have done part of the work.
  expect(claimed?.jobStartPosition).toBeLessThan(claimed?.leaseToken ?? 0);
  expect(claimed && (await real.complete('s', claimed))).toBe(false);
  expect(bus.published).toEqual([]);
  // The holder of the second lease crashed ten seconds ago.
  const statesKey = '{hubbub}:task-states';
  const state = (await redis.hget(statesKey, `s ${first.name}`)) ?? '';
  const expiredLease = String(second.leaseToken - 20_000_000);
  await redis.hset(statesKey, `s ${first.name}`, state.replace(String(second.leaseToken), expiredLease));
  await redis.zadd('{hubbub}:pending-tasks', expiredLease, `s ${first.name}`);
  expect(await real.due(FIRST_SHARD, 0, 10)).toEqual([due]);
  const afterLapse = await real.claim(due);
  expect(afterLapse?.jobStartPosition).toBe(claimed?.jobStartPosition);
  expect(afterLapse?.leaseToken).toBeGreaterThan(claimed?.leaseToken ?? 0);
  expect(afterLapse && (await real.complete('s', afterLapse))).toBe(true);
  expect(bus.published.map(({ message }) => message)).toEqual([{ kind: 'completed', ids: [first.name] }]);
  expect(await real.claim(due)).toBeNull();
  // The holder of the second lease may have been slow and written later: so the task is requeued once more.
  expect(await real.due(FIRST_SHARD, 0, 10)).toEqual([]);
  const [entry = '', at = ''] = await redis.zrange('{hubbub}:requeued-tasks', 0, '-1', 'WITHSCORES');
  expect(entry).toBe(`${afterLapse?.jobStartPosition} s ${first.name}`);
  expect(Number(at)).toBeGreaterThan((afterLapse?.leaseToken ?? 0) + 50_000_000);
  await redis.zadd('{hubbub}:requeued-tasks', expiredLease, entry);
  expect(await real.due(FIRST_SHARD, 0, 10)).toEqual([due]);
  const final = await real.claim(due);
  expect(final?.jobStartPosition).toBe(afterLapse?.jobStartPosition);
  expect(final && (await real.complete('s', final))).toBe(true);
  expect(await redis.keys('*')).toEqual([]);
  expect(await real.claim(due)).toBeNull();
});
