import type { Redis } from 'ioredis';
import { INVALIDATION_ACTIVE_MS, INVALIDATION_RETENTION_MS } from '../../core/model/positions.ts';
import type { Invalidations } from '../../core/ports/bus.ts';
import { clockKey, invalidationCountsKey, invalidationsKey } from './keys.ts';
import { loadScript } from './scripts.ts';

type Keys = [clock: string, invalidations: string, counts: string];
interface Scripts {
  hubbubBeginInvalidation(...argv: [...Keys, number, number, ...string[]]): Promise<number>;
  hubbubEndInvalidation(...argv: [...Keys, number, number, ...string[]]): Promise<number>;
  hubbubInvalidationsSince(...argv: [...Keys, number, number]): Promise<string[] | null>;
}

/** Names per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;
const EXPIRY_MS = INVALIDATION_RETENTION_MS + INVALIDATION_ACTIVE_MS;

/** Invalidations in Redis, shared by all processes (decision 15). */
export class RedisInvalidations implements Invalidations {
  readonly #redis: Redis & Scripts;

  constructor(redis: Redis) {
    redis.defineCommand('hubbubBeginInvalidation', {
      numberOfKeys: 3,
      lua: loadScript('begin-invalidation'),
    });
    redis.defineCommand('hubbubEndInvalidation', { numberOfKeys: 3, lua: loadScript('end-invalidation') });
    redis.defineCommand('hubbubInvalidationsSince', {
      numberOfKeys: 3,
      lua: loadScript('invalidations-since'),
    });
    this.#redis = redis as Redis & Scripts;
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    for (const batch of batchesOf(names)) {
      await this.#redis.hubbubBeginInvalidation(...keys(space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  async end(space: string, names: readonly string[]): Promise<void> {
    for (const batch of batchesOf(names)) {
      await this.#redis.hubbubEndInvalidation(...keys(space), INVALIDATION_ACTIVE_MS, EXPIRY_MS, ...batch);
    }
  }

  since(space: string, position: number): Promise<string[] | null> {
    return this.#redis.hubbubInvalidationsSince(...keys(space), INVALIDATION_RETENTION_MS, position);
  }
}

const keys = (space: string): Keys => [
  clockKey(space),
  invalidationsKey(space),
  invalidationCountsKey(space),
];

function* batchesOf(names: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < names.length; start += BATCH_SIZE) yield names.slice(start, start + BATCH_SIZE);
}
