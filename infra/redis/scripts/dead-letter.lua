-- Removes an entry that is now stored as a dead letter. KEYS: 1 the partition, 2 the busy partitions, 3 the backlog, 4 the
-- pending ids, 5 the dead-letter ids. ARGV: 1 space, 2 `space.partition`, 3 the entry, 4 its bytes, then the ids of its
-- actions. Returns 1, or 0 if the entry no longer exists.
--!include backlog-counters
--!include partition
local removed, bytes = remove(KEYS[1], 3, 4)
if removed == 1 then
  for index = 5, #ARGV do
    if redis.call('ZREM', KEYS[4], ARGV[index]) == 1 then redis.call('SADD', KEYS[5], ARGV[index]) end
  end
  redis.call('HINCRBY', KEYS[3], 'deadLetters', 1)
end
local isEmpty = updateCounters(KEYS[3], ARGV[1], KEYS[4], 0, { { 1, ARGV[2], bytes } })
if isEmpty[1] then deleteEmpty(KEYS[1], KEYS[2], ARGV[2]) end
return removed
