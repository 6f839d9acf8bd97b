import type { Redis } from 'ioredis';
import { intervalLockKey } from './keys.ts';
import { loadScript } from './scripts.ts';

interface Scripts {
  hubbubIntervalLock(lock: string, ms: number): Promise<number>;
}

/** Returns true to one of all processes that request the same job within `ms`. */
export function createIntervalLock(redis: Redis): (job: string, ms: number) => Promise<boolean> {
  redis.defineCommand('hubbubIntervalLock', { numberOfKeys: 1, lua: loadScript('interval-lock') });
  const scripts = redis as Redis & Scripts;
  return async (job, ms) => (await scripts.hubbubIntervalLock(intervalLockKey(job), ms)) === 1;
}
