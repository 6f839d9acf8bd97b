-- Completes actions and removes their entries. KEYS: 1 the busy partitions, 2 the backlog, 3 the pending ids, 4 the dead-letter
-- ids, then partitions of the space. ARGV: 1 space, 2 the number of partitions, then for each partition: `space.partition`, the
-- number of entries, and pairs of an entry and its bytes; then ids of actions. Returns for each partition 1 if it is empty, 0
-- otherwise.
--!include backlog-counters
--!include partition
local FIRST = 4
local partitions, at = {}, 3
for index = 1, tonumber(ARGV[2]) do
  local last = at + 1 + 2 * tonumber(ARGV[at + 1])
  local _, bytes = remove(KEYS[FIRST + index], at + 2, last)
  partitions[index] = { FIRST + index, ARGV[at], bytes }
  at = last + 1
end
local completed = complete(KEYS[3], KEYS[4], at)
local isEmpty = updateCounters(KEYS[2], ARGV[1], KEYS[3], completed, partitions)
for index, partition in ipairs(partitions) do
  if isEmpty[index] then deleteEmpty(KEYS[FIRST + index], KEYS[1], partition[2]) end
  isEmpty[index] = isEmpty[index] and 1 or 0
end
return isEmpty
