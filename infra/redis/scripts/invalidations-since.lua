-- KEYS: 1 the clock, 2 names by the position until which they are invalidated, 3 the number of changes in progress per name.
-- ARGV: 1 how long names are kept in ms, 2 a position. Returns the names invalidated since then, each followed by the position until
-- which it is; false if that is too long ago,
-- or if Redis lost its data since then (epoch.ts), and with it names.
-- The script must stay short, so it deletes at most 1,000 expired names. The next call deletes more.
--!include invalidation-position
local oldest = position - ARGV[1] * 1000
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(oldest), 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
end
local start = tonumber(redis.call('HGET', KEYS[#KEYS], 'start') or '')
if not start or tonumber(ARGV[2]) < math.max(oldest, start) then return false end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf', 'WITHSCORES')
