/**
 * The worker's scripts. Each begins with a command that only removes: from then on Redis lets a script finish even at its
 * memory limit, so that workers can always make room.
 */
import { accountLua } from './account.ts';

/**
 * Reads the oldest entries of a lane, at least one, until they hold enough. KEYS: 1 the lane. ARGV: 1 enough actions, 2
 * enough bytes. Cut off here, as a client cannot know how long what it asks for will be.
 */
export const readScript = `
local most, mostBytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local entries, held, bytes, from = {}, 0, 0, '-'
while held < most and bytes < mostBytes do
  local found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 8)
  for _, entry in ipairs(found) do
    if held >= most or bytes >= mostBytes then break end
    from = '(' .. entry[1]
    held = held + math.max(1, (#entry[2] - 6) / 2)
    for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    entries[#entries + 1] = entry
  end
  if #found < 8 then break end
end
return entries
`;

const dropLua = `
-- Pairs of an entry and its bytes, in ARGV from the given place on. Returns how many there were still.
local function drop(lane, busy, backlog, space, name, from, to)
  local dropped, bytes = 0, 0
  for index = from, to, 2 do
    if redis.call('XDEL', lane, ARGV[index]) == 1 then
      dropped = dropped + 1
      bytes = bytes + tonumber(ARGV[index + 1])
    end
  end
  countBytes(backlog, space, name, lane, bytes)
  if redis.call('XLEN', lane) == 0 then
    redis.call('DEL', lane)
    redis.call('SREM', busy, name)
  end
  return dropped
end
`;

/** Takes entries out of a lane. KEYS: 1 the lane, 2 the set of busy lanes, 3 the backlog. ARGV: 1 the space, 2
 * `space.lane`, then pairs of an entry and its bytes. Returns how many there were still. */
export const dropScript = `${accountLua}${dropLua}
return drop(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], 3, #ARGV)
`;

/** KEYS: 1 the pending ids, 2 the ids of dead letters, 3 the backlog. ARGV: 1 the space, then ids of actions. */
export const settleScript = `${accountLua}
local settled = redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
if settled < #ARGV - 1 then redis.call('SREM', KEYS[2], unpack(ARGV, 2)) end
if settled > 0 then redis.call('HINCRBY', KEYS[3], 'settled', settled) end
countActions(KEYS[3], ARGV[1], KEYS[1])
return settled
`;

/**
 * Takes an entry out of its lane that is kept as a dead letter now. KEYS: 1 the lane, 2 the set of busy lanes, 3 the
 * backlog, 4 the pending ids, 5 the ids of dead letters. ARGV: 1 the space, 2 `space.lane`, 3 the entry, 4 its bytes, then
 * the ids of its actions. Returns 1; 0 where the entry is gone.
 */
export const buryScript = `${accountLua}${dropLua}
if drop(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], 3, 4) == 0 then return 0 end
for index = 5, #ARGV do
  if redis.call('ZREM', KEYS[4], ARGV[index]) == 1 then redis.call('SADD', KEYS[5], ARGV[index]) end
end
redis.call('HINCRBY', KEYS[3], 'deadLetters', 1)
countActions(KEYS[3], ARGV[1], KEYS[4])
return 1
`;
