-- KEYS: 1 the clock, 2 names by the position until which they are invalidated, 3 the number of changes in progress per name.
-- ARGV: 1 how long the names stay active, 2 expiry of the keys, both in ms, then the names.
--!include invalidation-position
for index = 3, #ARGV do
  local activeUntil = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if activeUntil > position then redis.call('HINCRBY', KEYS[3], ARGV[index], 1)
  else redis.call('HSET', KEYS[3], ARGV[index], 1) end
  redis.call('ZADD', KEYS[2], text(position + ARGV[1] * 1000), ARGV[index])
end
--!include expire-invalidations
