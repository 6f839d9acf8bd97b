import type { Redis } from 'ioredis';
import { INVALIDATION_ACTIVE_MS, INVALIDATION_RETENTION_MS } from '../../core/model/positions.ts';
import type { Invalidations } from '../../core/ports/bus.ts';
import { clockKey, invalidationCountsKey, invalidationsKey } from './keys.ts';
import { microsLua } from './micros.ts';

/*
 * KEYS: 1 the clock, 2 names by the position until which they are invalidated, 3 the number of removals in progress per name. A
 * name is active until the last of its removals ends. One whose process crashed expires after a minute.
 */
const positionLua = `redis.call('DEL', KEYS[2] .. ':none')
${microsLua}
local position = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
`;

const expireLua = `
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
`;

const beginScript = `${positionLua}
for index = 3, #ARGV do
  local activeUntil = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if activeUntil > position then redis.call('HINCRBY', KEYS[3], ARGV[index], 1)
  else redis.call('HSET', KEYS[3], ARGV[index], 1) end
  redis.call('ZADD', KEYS[2], text(position + ARGV[1] * 1000), ARGV[index])
end
${expireLua}`;

const endScript = `${positionLua}
for index = 3, #ARGV do
  local remaining = redis.call('HINCRBY', KEYS[3], ARGV[index], -1)
  local activeUntil = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if remaining <= 0 then redis.call('HDEL', KEYS[3], ARGV[index]) end
  if remaining <= 0 or activeUntil < position then redis.call('ZADD', KEYS[2], text(position), ARGV[index]) end
end
${expireLua}`;

/* The script must stay short, so it deletes at most 1,000 expired names. The next call deletes more. */
const sinceScript = `${positionLua}
local oldest = position - ARGV[1] * 1000
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(oldest), 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
end
if tonumber(ARGV[2]) < oldest then return false end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf')
`;

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
    redis.defineCommand('hubbubBeginInvalidation', { numberOfKeys: 3, lua: beginScript });
    redis.defineCommand('hubbubEndInvalidation', { numberOfKeys: 3, lua: endScript });
    redis.defineCommand('hubbubInvalidationsSince', { numberOfKeys: 3, lua: sinceScript });
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
