import type { Redis } from 'ioredis';
import { backlogKey, pendingKey } from './keys.ts';
import { microsLua } from './micros.ts';

/** Counters looked at, up to 66 of a space; where there are more, these are any of them. */
const MOST_COUNTERS = 10_000;

/**
 * KEYS: 1 the backlog. ARGV: 1 what stands before and 2 after a space in the key of its pending ids, 3 how
 * many counters. Returns milliseconds. What waits in the fan-out queue counts, dead letters do not.
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
  hubbubLag(backlog: string, before: string, after: string, most: number): Promise<number>;
}

/** Returns how many seconds the oldest action waits for feeds to be up to date with it; 0 where none does. */
export function lagReader(redis: Redis): () => Promise<number> {
  redis.defineCommand('hubbubLag', { numberOfKeys: 1, lua: lagScript });
  const scripts = redis as Redis & Scripts;
  const [before = '', after = ''] = pendingKey('*').split('*');
  return async () => (await scripts.hubbubLag(backlogKey, before, after, MOST_COUNTERS)) / 1_000;
}
