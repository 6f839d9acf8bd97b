import { batchesOf } from '../batches.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Counters sampled of each shard, up to 66 per space. With more counters the sample is random. */
const MAX_COUNTERS = 10_000;
/** Spaces per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;

/** Returns the age of the oldest pending action in seconds; 0 if there is none. */
export function lagReader(redis: RedisClient, shards: Shards): () => Promise<number> {
  const read = defineScript<number>(redis, 'lag');
  const lagOf = async (shard: Shard) => {
    const names = [(await redis.hrandfield(shard.backlogKey, MAX_COUNTERS)) ?? []].flat().map(String);
    const spaces = names.flatMap((name) => (name.startsWith('a:') ? name.slice(2) : []));
    const lags = [...batchesOf(spaces, BATCH_SIZE)].map((batch) =>
      read(
        shard,
        batch.map((space) => shard.pendingKey(space)),
      ),
    );
    return Math.max(0, ...(await Promise.all(lags)));
  };
  return async () => Math.max(...(await Promise.all(shards.all.map(lagOf)))) / 1_000;
}
