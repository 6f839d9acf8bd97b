import type { Redis } from 'ioredis';
import { backlogKey, pendingKey } from './keys.ts';
import { loadScript } from './scripts.ts';

/** Counters sampled, up to 66 per space. With more counters the sample is random. */
const MAX_COUNTERS = 10_000;

interface Scripts {
  hubbubLag(backlog: string, prefix: string, suffix: string, maxCounters: number): Promise<number>;
}

/** Returns the age of the oldest pending action in seconds; 0 if there is none. */
export function lagReader(redis: Redis): () => Promise<number> {
  redis.defineCommand('hubbubLag', { numberOfKeys: 1, lua: loadScript('lag') });
  const scripts = redis as Redis & Scripts;
  const [prefix = '', suffix = ''] = pendingKey('*').split('*');
  return async () => (await scripts.hubbubLag(backlogKey, prefix, suffix, MAX_COUNTERS)) / 1_000;
}
