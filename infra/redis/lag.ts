import type { Redis } from 'ioredis';
import { backlogKey, pendingKey } from './keys.ts';
import { defineScript } from './scripts.ts';

/** Counters sampled, up to 66 per space. With more counters the sample is random. */
const MAX_COUNTERS = 10_000;

/** Returns the age of the oldest pending action in seconds; 0 if there is none. */
export function lagReader(redis: Redis): () => Promise<number> {
  const read = defineScript<number>(redis, 'lag');
  const [prefix = '', suffix = ''] = pendingKey('*').split('*');
  return async () => (await read([backlogKey], prefix, suffix, MAX_COUNTERS)) / 1_000;
}
