import type { Redis } from 'ioredis';
import { busyLanesKey, spaceKey } from './keys.ts';

/** Lanes looked at; where more are busy, these are any of them. */
const MOST_LANES = 1_000;

/** KEYS: 1 the set of busy lanes. ARGV: 1 the prefix of spaces' keys, 2 how many lanes. Answers milliseconds. */
const lagScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lag = 0
for _, name in ipairs(redis.call('SRANDMEMBER', KEYS[1], ARGV[2])) do
  local space, lane = string.match(name, '^(.*)%.(%d+)$')
  local entry = redis.call('XRANGE', ARGV[1] .. space .. ':lane:' .. lane, '-', '+', 'COUNT', 1)[1]
  if entry then lag = math.max(lag, now - string.match(entry[1], '^%d+')) end
end
return math.floor(lag)
`;

interface Scripts {
  hubbubLag(busy: string, prefix: string, most: number): Promise<number>;
}

/** Answers how many seconds the oldest entry of any lane waits; 0 where none does. */
export function lagReader(redis: Redis): () => Promise<number> {
  redis.defineCommand('hubbubLag', { numberOfKeys: 1, lua: lagScript });
  const scripts = redis as Redis & Scripts;
  return async () => (await scripts.hubbubLag(busyLanesKey, spaceKey(''), MOST_LANES)) / 1_000;
}
