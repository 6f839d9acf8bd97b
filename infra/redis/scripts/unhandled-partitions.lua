-- Returns the busy partitions that no worker has claimed recently, and the partitions that wait for a worker. Deletes older claims.
-- KEYS: 1 the busy partitions, 2 the wake-ups, 3 the claims by time. ARGV: 1 how long a claim counts, in ms.
--!include allow-at-memory-limit
--!include micros
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now - ARGV[1] * 1000))
local claimed, unclaimed = {}, {}
for _, claim in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do claimed[string.match(claim, '^(.*) [^ ]*$')] = true end
for _, partition in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if not claimed[partition] then unclaimed[#unclaimed + 1] = partition end
end
return { unclaimed, redis.call('LRANGE', KEYS[2], 0, -1) }
