/** Waits until the hub is idle. Reads Redis directly, without the faulty links. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MaintenanceQueue } from '../../infra/bullmq/maintenance-queue.ts';
import { BatchJobQueue, BullFanOutQueue } from '../../infra/bullmq/queues.ts';
import { createLogger } from '../../infra/log.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { MAX_SHORT_SNOOZE_MS } from '../load/snoozes.ts';
import type { System } from '../system/system.ts';

const TIMEOUT_MS = 120_000;
const POLL_MS = 500;
/** Consecutive idle checks: a single check may fall between two jobs. */
const STABLE_CHECKS = 4;

/** Returns the remaining work if the hub is not idle in time, otherwise `null`. */
export async function waitUntilIdle(system: System): Promise<string | null> {
  const redis = system.redis.client;
  const log = createLogger('chaos', 'silent');
  const shards = new Shards(1);
  const shard = shards.of('default');
  const queues = {
    partitions: new BatchJobQueue(redis, shards, log),
    fanout: new BullFanOutQueue(redis, shards),
    maintenance: new MaintenanceQueue(redis, shards, log),
  };
  try {
    const deadline = Date.now() + TIMEOUT_MS;
    let pending = '';
    for (let checks = 0; checks < STABLE_CHECKS; checks = pending === '' ? checks + 1 : 0) {
      if (Date.now() > deadline) return pending;
      await sleep(POLL_MS);
      const busy: string[] = [];
      for (const [name, queue] of Object.entries(queues)) {
        const { waiting, active, delayed } = await queue.counts();
        if (waiting + active + delayed > 0) busy.push(`${name} ${waiting}/${active}/${delayed}`);
      }
      for (const key of [
        shard.busyPartitionsKey,
        shard.pendingTasksKey,
        shard.taskStatesKey,
        shard.requeuedTasksKey,
        shard.pendingKey('default'),
        shard.snoozeClaimsKey,
      ]) {
        const size = await sizeOf(system, key);
        if (size > 0) busy.push(`${key} ${size}`);
      }
      const soon = Date.now() + MAX_SHORT_SNOOZE_MS;
      const snoozed = await redis.zcount(shard.snoozeEndsKey, 0, soon);
      if (snoozed > 0) busy.push(`${shard.snoozeEndsKey} ${snoozed}`);
      pending = busy.join(', ');
    }
    return null;
  } finally {
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
  }
}

async function sizeOf({ redis }: System, key: string): Promise<number> {
  const type = await redis.client.type(key);
  if (type === 'set') return redis.client.scard(key);
  if (type === 'zset') return redis.client.zcard(key);
  if (type === 'hash') return redis.client.hlen(key);
  return type === 'none' ? 0 : 1;
}
