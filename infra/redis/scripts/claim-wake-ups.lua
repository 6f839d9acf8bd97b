-- Records that a worker processes partitions. KEYS: 1 the claims by time. ARGV: `partition worker` for each.
--!include allow-at-memory-limit
--!include micros
for _, claim in ipairs(ARGV) do redis.call('ZADD', KEYS[1], text(now), claim) end
return #ARGV
