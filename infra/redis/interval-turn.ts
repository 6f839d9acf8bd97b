import type { RedisClient } from './connect.ts';
import { FIRST_SHARD, intervalTurnKey } from './keys.ts';
import { defineScript } from './scripts.ts';

/** Returns `takeTurn`, which is true for one of all processes that request the same job within `ms`. */
export function createTakeTurn(redis: RedisClient): (job: string, ms: number) => Promise<boolean> {
  const take = defineScript<number>(redis, 'interval-turn');
  return async (job, ms) => (await take(FIRST_SHARD, [intervalTurnKey(job)], ms)) === 1;
}
