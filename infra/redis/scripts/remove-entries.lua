-- Removes entries. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog. ARGV: 1 space, 2 `space.partition`, then pairs
-- of an entry and its bytes. Returns 1 if the partition is empty, 0 otherwise.
--!include backlog-counters
--!include partition
local _, bytes = remove(KEYS[1], 3, #ARGV)
if not updateCounters(KEYS[3], ARGV[1], nil, 0, { { 1, ARGV[2], bytes } })[1] then return 0 end
deleteEmpty(KEYS[1], KEYS[2], ARGV[2])
return 1
