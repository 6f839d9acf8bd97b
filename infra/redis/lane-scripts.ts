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

const removeLua = `
-- Entries and their bytes alternate in ARGV. Returns how many entries there were still, and their bytes.
local function remove(lane, from, to)
  local removed, bytes = 0, 0
  for index = from, to, 2 do
    if redis.call('XDEL', lane, ARGV[index]) == 1 then
      removed = removed + 1
      bytes = bytes + tonumber(ARGV[index + 1])
    end
  end
  return removed, bytes
end

local function leave(lane, busy, name)
  redis.call('DEL', lane)
  redis.call('SREM', busy, name)
end

-- Takes ids, in ARGV from the given place on, out of the pending ones. Returns how many there were still.
local function settle(pending, dead, from)
  if from > #ARGV then return 0 end
  local settled = redis.call('ZREM', pending, unpack(ARGV, from))
  if settled <= #ARGV - from then redis.call('SREM', dead, unpack(ARGV, from)) end
  return settled
end
`;

/** Takes entries out of a lane. KEYS: 1 the lane, 2 the set of busy lanes, 3 the backlog. ARGV: 1 the space, 2
 * `space.lane`, then pairs of an entry and its bytes. */
export const dropScript = `${accountLua}${removeLua}
local _, bytes = remove(KEYS[1], 3, #ARGV)
if account(KEYS[3], ARGV[1], nil, 0, KEYS[1], ARGV[2], bytes) then leave(KEYS[1], KEYS[2], ARGV[2]) end
return 1
`;

/** KEYS: 1 the pending ids, 2 the ids of dead letters, 3 the backlog. ARGV: 1 the space, then ids of actions. */
export const settleScript = `${accountLua}${removeLua}
local settled = settle(KEYS[1], KEYS[2], 2)
account(KEYS[3], ARGV[1], KEYS[1], settled)
return settled
`;

/**
 * Settles and drops what was handled at once. KEYS: 1 the lane, 2 the set of busy lanes, 3 the backlog, 4 the pending ids, 5
 * the ids of dead letters. ARGV: 1 the space, 2 `space.lane`, 3 the index of the last pair, then pairs of an entry and its
 * bytes, then ids of actions.
 */
export const acknowledgeScript = `${accountLua}${removeLua}
local last = tonumber(ARGV[3])
local settled = settle(KEYS[4], KEYS[5], last + 1)
local _, bytes = remove(KEYS[1], 4, last)
if account(KEYS[3], ARGV[1], KEYS[4], settled, KEYS[1], ARGV[2], bytes) then leave(KEYS[1], KEYS[2], ARGV[2]) end
return settled
`;

/**
 * Takes an entry out of its lane that is kept as a dead letter now. KEYS: 1 the lane, 2 the set of busy lanes, 3 the
 * backlog, 4 the pending ids, 5 the ids of dead letters. ARGV: 1 the space, 2 `space.lane`, 3 the entry, 4 its bytes, then
 * the ids of its actions. Returns 1; 0 where the entry is gone.
 */
export const buryScript = `${accountLua}${removeLua}
local removed, bytes = remove(KEYS[1], 3, 4)
if removed == 1 then
  for index = 5, #ARGV do
    if redis.call('ZREM', KEYS[4], ARGV[index]) == 1 then redis.call('SADD', KEYS[5], ARGV[index]) end
  end
  redis.call('HINCRBY', KEYS[3], 'deadLetters', 1)
end
if account(KEYS[3], ARGV[1], KEYS[4], 0, KEYS[1], ARGV[2], bytes) then leave(KEYS[1], KEYS[2], ARGV[2]) end
return removed
`;
