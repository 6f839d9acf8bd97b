-- KEYS: 1 the clock, 2 names by the position until which they are invalidated, 3 the number of removals in progress per name.
-- ARGV: 1 how long names are kept in ms, 2 a position. Returns the names invalidated since then; false if that is too long ago.
-- The script must stay short, so it deletes at most 1,000 expired names. The next call deletes more.
--!include invalidation-position
local oldest = position - ARGV[1] * 1000
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(oldest), 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
end
if tonumber(ARGV[2]) < oldest then return false end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf')
