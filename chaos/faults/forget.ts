/**
 * Redis forgets everything (FLUSHALL), as after a failover to an empty replica, while actions wait in it. These may be
 * lost; nothing else may.
 */

import { pendingKey } from '../../infra/redis/keys.ts';
import type { Pauses } from '../check/pauses.ts';
import type { Journal } from '../journal.ts';
import type { Load } from '../load/load.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';

/** Nothing comes between reading and emptying. */
const FORGET = `
local pending = redis.call('ZRANGE', KEYS[1], 0, -1)
redis.call('FLUSHALL')
return pending
`;

/** Returns how many actions waited. */
export async function forget(
  { redis, workers }: System,
  load: Load,
  { journal, pauses, random }: { journal: Journal; pauses: Pauses; random: Random },
): Promise<number> {
  // With all workers at work some of it is stored already, and some is being stored.
  const isStopped = random.chance(0.5);
  if (isStopped) for (const { process } of workers) process.signal('SIGSTOP');
  try {
    await load.burst();
    const pending = (await redis.client.eval(FORGET, 1, pendingKey('default'))) as string[];
    pauses.disturb('forgotten', 'Redis was emptied');
    for (const id of pending) journal.forgotten.add(id);
    load.forgetKeys();
    return pending.length;
  } finally {
    for (const { process } of workers) process.signal('SIGCONT');
  }
}
