import type { Redis } from 'ioredis';
import { backlogKey, pendingKey } from './keys.ts';
import { microsLua } from './micros.ts';

/** Counters sampled, up to 66 per space. With more counters the sample is random. */
const MAX_COUNTERS = 10_000;

/**
 * KEYS: 1 the backlog. ARGV: 1 prefix and 2 suffix of the key of a space's pending ids, 3 number of counters. Returns
 * milliseconds. Actions in the fan-out queue count, dead letters do not.
 */
const lagScript = `
${microsLua}local lag = 0
for _, name in ipairs(redis.call('HRANDFIELD', KEYS[1], ARGV[3])) do
  local space = string.match(name, '^a:(.*)$')
  local oldest = space and redis.call('ZRANGE', ARGV[1] .. space .. ARGV[2], 0, 0, 'WITHSCORES') or {}
  if oldest[2] then lag = math.max(lag, (now - tonumber(oldest[2])) / 1000) end
end
return math.floor(lag)
`;

interface Scripts {
  hubbubLag(backlog: string, prefix: string, suffix: string, maxCounters: number): Promise<number>;
}

/** Returns the age of the oldest pending action in seconds; 0 if there is none. */
export function lagReader(redis: Redis): () => Promise<number> {
  redis.defineCommand('hubbubLag', { numberOfKeys: 1, lua: lagScript });
  const scripts = redis as Redis & Scripts;
  const [prefix = '', suffix = ''] = pendingKey('*').split('*');
  return async () => (await scripts.hubbubLag(backlogKey, prefix, suffix, MAX_COUNTERS)) / 1_000;
}
