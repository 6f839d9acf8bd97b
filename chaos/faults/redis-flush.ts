/**
 * Flushes Redis (FLUSHALL) while actions are pending, like a failover to an empty replica. Only the pending actions may be
 * lost.
 */
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { Pauses } from '../check/pauses.ts';
import type { Journal } from '../journal.ts';
import type { Load } from '../load/load.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';

/** Reads and flushes atomically. */
const FLUSH_SCRIPT = `
local pending = redis.call('ZRANGE', KEYS[1], 0, -1)
redis.call('FLUSHALL')
return pending
`;

/** Returns the number of pending actions. */
export async function flushRedis(
  { redis, workers }: System,
  load: Load,
  { journal, pauses, random }: { journal: Journal; pauses: Pauses; random: Random },
): Promise<number> {
  // Running workers have already stored some of the actions and are storing others.
  const areWorkersStopped = random.chance(0.5);
  if (areWorkersStopped) for (const { process } of workers) process.signal('SIGSTOP');
  try {
    await load.burst();
    const pending = (await redis.client.eval(FLUSH_SCRIPT, 1, FIRST_SHARD.pendingKey('default'))) as string[];
    pauses.disturb('forgotten', 'Redis was flushed');
    for (const id of pending) journal.possiblyLost.add(id);
    load.forgetKeys();
    return pending.length;
  } finally {
    for (const { process } of workers) process.signal('SIGCONT');
  }
}
