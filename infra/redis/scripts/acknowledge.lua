-- Completes actions and removes their entries. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog, 4 the pending ids,
-- 5 the dead-letter ids. ARGV: 1 space, 2 `space.partition`, 3 index of the last pair, then pairs of an entry and its bytes,
-- then ids of actions. Returns 1 if the partition is empty, 0 otherwise.
--!include backlog-counters
--!include partition
local last = tonumber(ARGV[3])
local completed = complete(KEYS[4], KEYS[5], last + 1)
local _, bytes = remove(KEYS[1], 4, last)
if not updateCounters(KEYS[3], ARGV[1], KEYS[4], completed, KEYS[1], ARGV[2], bytes) then return 0 end
deleteEmpty(KEYS[1], KEYS[2], ARGV[2])
return 1
