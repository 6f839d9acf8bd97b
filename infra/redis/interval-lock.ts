import type { Redis } from 'ioredis';
import { intervalLockKey } from './keys.ts';

const lockScript = `
redis.call('DEL', KEYS[1] .. ':none')
if redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') then return 1 end
return 0
`;

interface Scripts {
  hubbubIntervalLock(lock: string, ms: number): Promise<number>;
}

/** Returns true to one of all processes that request the same job within `ms`. */
export function createIntervalLock(redis: Redis): (job: string, ms: number) => Promise<boolean> {
  redis.defineCommand('hubbubIntervalLock', { numberOfKeys: 1, lua: lockScript });
  const scripts = redis as Redis & Scripts;
  return async (job, ms) => (await scripts.hubbubIntervalLock(intervalLockKey(job), ms)) === 1;
}
