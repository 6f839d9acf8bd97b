import type { RedisClient } from './connect.ts';
import type { Shards } from './shards.ts';

/** Rejects if a server that holds a shard does not respond. */
export async function probeShards(redis: RedisClient, shards: Shards): Promise<void> {
  await Promise.all(shards.all.map(({ epochKey }) => redis.exists(epochKey)));
}
