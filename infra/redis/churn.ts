import type { Redis } from 'ioredis';
import type { Churn } from '../../core/ports/bus.ts';
import { CHURN_ACTIVE_MS, CHURN_KEPT_MS } from '../../core/positions.ts';
import { churnersKey, churnKey, clockKey } from './keys.ts';
import { microsLua } from './micros.ts';

/*
 * KEYS 1 the clock, 2 the names by the position up to which whoever asks is told, 3 how many are at each of them. A name
 * counts until the last of these is done; one that never is, because it died, is forgotten after a minute.
 */
const at = `redis.call('DEL', KEYS[2] .. ':none')
${microsLua}
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
`;

const keep = `
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return 1
`;

const begin = `${at}
for index = 3, #ARGV do
  local known = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if known > at then redis.call('HINCRBY', KEYS[3], ARGV[index], 1)
  else redis.call('HSET', KEYS[3], ARGV[index], 1) end
  redis.call('ZADD', KEYS[2], text(at + ARGV[1] * 1000), ARGV[index])
end
${keep}`;

const done = `${at}
for index = 3, #ARGV do
  local left = redis.call('HINCRBY', KEYS[3], ARGV[index], -1)
  local known = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if left <= 0 then redis.call('HDEL', KEYS[3], ARGV[index]) end
  if left <= 0 or known < at then redis.call('ZADD', KEYS[2], text(at), ARGV[index]) end
end
${keep}`;

/* A script, not a transaction, may not grow with what others left: the rest goes next time. */
const since = `${at}
local oldest = at - ARGV[1] * 1000
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(oldest), 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
end
if tonumber(ARGV[2]) < oldest then return false end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf')
`;

type Keys = [clock: string, churn: string, churners: string];
interface Scripts {
  hubbubChurn(...argv: [...Keys, number, number, ...string[]]): Promise<number>;
  hubbubChurned(...argv: [...Keys, number, number, ...string[]]): Promise<number>;
  hubbubChurnSince(...argv: [...Keys, number, number]): Promise<string[] | null>;
}

/** Names handled by one script, which lets nobody else in meanwhile. */
const AT_ONCE = 1_000;
const EXPIRY_MS = CHURN_KEPT_MS + CHURN_ACTIVE_MS;

/** What is being taken away, in Redis: shared by all processes (decision 15). */
export class RedisChurn implements Churn {
  readonly #redis: Redis & Scripts;

  constructor(redis: Redis) {
    redis.defineCommand('hubbubChurn', { numberOfKeys: 3, lua: begin });
    redis.defineCommand('hubbubChurned', { numberOfKeys: 3, lua: done });
    redis.defineCommand('hubbubChurnSince', { numberOfKeys: 3, lua: since });
    this.#redis = redis as Redis & Scripts;
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    for (const some of chunksOf(names)) {
      await this.#redis.hubbubChurn(...keys(space), CHURN_ACTIVE_MS, EXPIRY_MS, ...some);
    }
  }

  async done(space: string, names: readonly string[]): Promise<void> {
    for (const some of chunksOf(names)) {
      await this.#redis.hubbubChurned(...keys(space), CHURN_ACTIVE_MS, EXPIRY_MS, ...some);
    }
  }

  since(space: string, position: number): Promise<string[] | null> {
    return this.#redis.hubbubChurnSince(...keys(space), CHURN_KEPT_MS, position);
  }
}

const keys = (space: string): Keys => [clockKey(space), churnKey(space), churnersKey(space)];

function* chunksOf(names: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < names.length; start += AT_ONCE) yield names.slice(start, start + AT_ONCE);
}
