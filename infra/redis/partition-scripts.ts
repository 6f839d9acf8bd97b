/**
 * The worker's scripts. Each that writes begins with a command that only removes. After it, Redis lets a script finish even at its memory
 * limit, so workers can always free memory.
 */
import { updateCountersLua } from './backlog-counters.ts';

/**
 * Reads the oldest entries of a partition, at least one, until a limit is reached. KEYS: 1 the partition. ARGV: 1 actions,
 * 2 bytes. The script applies the limits because a client cannot know the size of entries in advance.
 */
export const readScript = `
local maxActions, maxBytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local entries, count, bytes, from = {}, 0, 0, '-'
while count < maxActions and bytes < maxBytes do
  local found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 8)
  for _, entry in ipairs(found) do
    if count >= maxActions or bytes >= maxBytes then break end
    from = '(' .. entry[1]
    count = count + math.max(1, (#entry[2] - 6) / 2)
    for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    entries[#entries + 1] = entry
  end
  if #found < 8 then break end
end
return entries
`;

const partitionLua = `
-- ARGV alternates entries and their bytes. Returns the number of entries removed, and their bytes.
local function remove(partition, from, to)
  local removed, bytes = 0, 0
  for index = from, to, 2 do
    if redis.call('XDEL', partition, ARGV[index]) == 1 then
      removed = removed + 1
      bytes = bytes + tonumber(ARGV[index + 1])
    end
  end
  return removed, bytes
end

local function deleteEmpty(partition, busy, name)
  redis.call('DEL', partition)
  redis.call('SREM', busy, name)
end

-- Removes the ids in ARGV, from the given index on, from the pending ids. Returns the number removed.
local function complete(pending, dead, from)
  if from > #ARGV then return 0 end
  local completed = redis.call('ZREM', pending, unpack(ARGV, from))
  if completed <= #ARGV - from then redis.call('SREM', dead, unpack(ARGV, from)) end
  return completed
end
`;

/** Removes entries. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog. ARGV: 1 space, 2 `space.partition`, then pairs
 * of an entry and its bytes. */
export const removeScript = `${updateCountersLua}${partitionLua}
local _, bytes = remove(KEYS[1], 3, #ARGV)
if updateCounters(KEYS[3], ARGV[1], nil, 0, KEYS[1], ARGV[2], bytes) then deleteEmpty(KEYS[1], KEYS[2], ARGV[2]) end
return 1
`;

/** KEYS: 1 the pending ids, 2 the dead-letter ids, 3 the backlog. ARGV: 1 space, then ids of actions. */
export const completeScript = `${updateCountersLua}${partitionLua}
local completed = complete(KEYS[1], KEYS[2], 2)
updateCounters(KEYS[3], ARGV[1], KEYS[1], completed)
return completed
`;

/**
 * Completes actions and removes their entries. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog, 4 the pending ids,
 * 5 the dead-letter ids. ARGV: 1 space, 2 `space.partition`, 3 index of the last pair, then pairs of an entry and its bytes,
 * then ids of actions.
 */
export const acknowledgeScript = `${updateCountersLua}${partitionLua}
local last = tonumber(ARGV[3])
local completed = complete(KEYS[4], KEYS[5], last + 1)
local _, bytes = remove(KEYS[1], 4, last)
if updateCounters(KEYS[3], ARGV[1], KEYS[4], completed, KEYS[1], ARGV[2], bytes) then deleteEmpty(KEYS[1], KEYS[2], ARGV[2]) end
return completed
`;

/**
 * Removes an entry that is now stored as a dead letter. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog, 4 the
 * pending ids, 5 the dead-letter ids. ARGV: 1 space, 2 `space.partition`, 3 the entry, 4 its bytes, then the ids of its
 * actions. Returns 1, or 0 if the entry no longer exists.
 */
export const deadLetterScript = `${updateCountersLua}${partitionLua}
local removed, bytes = remove(KEYS[1], 3, 4)
if removed == 1 then
  for index = 5, #ARGV do
    if redis.call('ZREM', KEYS[4], ARGV[index]) == 1 then redis.call('SADD', KEYS[5], ARGV[index]) end
  end
  redis.call('HINCRBY', KEYS[3], 'deadLetters', 1)
end
if updateCounters(KEYS[3], ARGV[1], KEYS[4], 0, KEYS[1], ARGV[2], bytes) then deleteEmpty(KEYS[1], KEYS[2], ARGV[2]) end
return removed
`;
