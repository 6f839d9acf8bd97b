import { INVALIDATION_ACTIVE_MS, INVALIDATION_RETENTION_MS } from '../../core/model/positions.ts';
import { asMillis, asPosition, type Position } from '../../core/model/units.ts';
import type { Invalidated, Invalidations } from '../../core/ports/invalidations.ts';
import { batchesOf } from '../batches.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Names per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;
const EXPIRY_MS = asMillis(INVALIDATION_RETENTION_MS + INVALIDATION_ACTIVE_MS);

const defineScripts = (redis: RedisClient) => ({
  begin: defineScript<number>(redis, 'begin-invalidation'),
  end: defineScript<number>(redis, 'end-invalidation'),
  since: defineScript<string[] | null>(redis, 'invalidations-since'),
});

/** Invalidations in Redis, shared by all processes (decision 15). */
export class RedisInvalidations implements Invalidations {
  readonly #shards: Shards;
  readonly #scripts: ReturnType<typeof defineScripts>;

  constructor(redis: RedisClient, shards: Shards) {
    this.#shards = shards;
    this.#scripts = defineScripts(redis);
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    const shard = this.#shards.of(space);
    for (const batch of batchesOf(names, BATCH_SIZE)) {
      await this.#scripts.begin(shard, keysOf(shard, space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  async end(space: string, names: readonly string[]): Promise<void> {
    const shard = this.#shards.of(space);
    for (const batch of batchesOf(names, BATCH_SIZE)) {
      await this.#scripts.end(shard, keysOf(shard, space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  async since(space: string, position: Position): Promise<Invalidated | null> {
    const shard = this.#shards.of(space);
    const found = await this.#scripts.since(shard, keysOf(shard, space), INVALIDATION_RETENTION_MS, position);
    if (found === null) return null;
    const until = new Map<string, Position>();
    for (let index = 0; index < found.length; index += 2)
      until.set(found[index] ?? '', asPosition(Number(found[index + 1])));
    return until;
  }
}

const keysOf = (shard: Shard, space: string): string[] => [
  shard.clockKey(space),
  shard.invalidationsKey(space),
  shard.invalidationCountsKey(space),
];
