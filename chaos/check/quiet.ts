/** Whether the hub has nothing left to do: read from Redis, past all links. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullFanOutQueue, LaneQueue } from '../../infra/bullmq/queues.ts';
import { UpkeepQueue } from '../../infra/bullmq/upkeep.ts';
import { createLogger } from '../../infra/log.ts';
import { askedKey, busyLanesKey, lateKey, owedKey, pendingKey } from '../../infra/redis/keys.ts';
import type { System } from '../system/system.ts';

const WITHIN_MS = 120_000;
const EVERY_MS = 500;
/** What looks quiet once may be between two jobs. */
const TIMES = 4;

/** Returns what is left where it does not become quiet in time. */
export async function untilQuiet(system: System): Promise<string | null> {
  const redis = system.redis.client;
  const log = createLogger('chaos', 'silent');
  const queues = {
    lanes: new LaneQueue(redis, log),
    fanout: new BullFanOutQueue(redis),
    upkeep: new UpkeepQueue(redis, log),
  };
  try {
    const end = Date.now() + WITHIN_MS;
    let left = '';
    for (let times = 0; times < TIMES; times = left === '' ? times + 1 : 0) {
      if (Date.now() > end) return left;
      await sleep(EVERY_MS);
      const found: string[] = [];
      for (const [name, queue] of Object.entries(queues)) {
        const { waiting, active, delayed } = await queue.counts();
        if (waiting + active + delayed > 0) found.push(`${name} ${waiting}/${active}/${delayed}`);
      }
      for (const key of [busyLanesKey, owedKey, askedKey, lateKey, pendingKey('default')]) {
        const size = await sizeOf(system, key);
        if (size > 0) found.push(`${key} ${size}`);
      }
      left = found.join(', ');
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
