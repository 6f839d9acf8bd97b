-- KEYS: 1 the pending ids, 2 the dead-letter ids, 3 the backlog. ARGV: 1 space, then ids of actions.
--!include backlog-counters
--!include partition
local completed = complete(KEYS[1], KEYS[2], 2)
updateCounters(KEYS[3], ARGV[1], KEYS[1], completed, {})
return completed
