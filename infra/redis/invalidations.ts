import type { Redis } from 'ioredis';
import { INVALIDATION_ACTIVE_MS, INVALIDATION_RETENTION_MS } from '../../core/model/positions.ts';
import { asMillis, type Position } from '../../core/model/units.ts';
import type { Invalidations } from '../../core/ports/invalidations.ts';
import { batchesOf } from '../batches.ts';
import { clockKey, invalidationCountsKey, invalidationsKey } from './keys.ts';
import { defineScript } from './scripts.ts';

/** Names per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;
const EXPIRY_MS = asMillis(INVALIDATION_RETENTION_MS + INVALIDATION_ACTIVE_MS);

const defineScripts = (redis: Redis) => ({
  begin: defineScript<number>(redis, 'begin-invalidation'),
  end: defineScript<number>(redis, 'end-invalidation'),
  since: defineScript<string[] | null>(redis, 'invalidations-since'),
});

/** Invalidations in Redis, shared by all processes (decision 15). */
export class RedisInvalidations implements Invalidations {
  readonly #scripts: ReturnType<typeof defineScripts>;

  constructor(redis: Redis) {
    this.#scripts = defineScripts(redis);
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    for (const batch of batchesOf(names, BATCH_SIZE)) {
      await this.#scripts.begin(keysOf(space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  async end(space: string, names: readonly string[]): Promise<void> {
    for (const batch of batchesOf(names, BATCH_SIZE)) {
      await this.#scripts.end(keysOf(space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  since(space: string, position: Position): Promise<string[] | null> {
    return this.#scripts.since(keysOf(space), INVALIDATION_RETENTION_MS, position);
  }
}

const keysOf = (space: string): string[] => [
  clockKey(space),
  invalidationsKey(space),
  invalidationCountsKey(space),
];
