import type { Redis } from 'ioredis';
import { batchesOf } from '../batches.ts';
import { backlogKey, pendingKey } from './keys.ts';
import { defineScript } from './scripts.ts';

/** Counters sampled, up to 66 per space. With more counters the sample is random. */
const MAX_COUNTERS = 10_000;
/** Spaces per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;

/** Returns the age of the oldest pending action in seconds; 0 if there is none. */
export function lagReader(redis: Redis): () => Promise<number> {
  const read = defineScript<number>(redis, 'lag');
  return async () => {
    const names = [(await redis.hrandfield(backlogKey, MAX_COUNTERS)) ?? []].flat().map(String);
    const spaces = names.flatMap((name) => (name.startsWith('a:') ? name.slice(2) : []));
    const lags = [...batchesOf(spaces, BATCH_SIZE)].map((batch) =>
      read(batch.map((space) => pendingKey(space))),
    );
    return Math.max(0, ...(await Promise.all(lags))) / 1_000;
  };
}
