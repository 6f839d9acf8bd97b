-- KEYS: 1 the clock, 2 names by the position until which they are invalidated, 3 the number of changes in progress per name.
-- ARGV: 1 unused, 2 expiry of the keys in ms, then the names. A name is active until the last of its changes ends.
--!include invalidation-position
for index = 3, #ARGV do
  local remaining = redis.call('HINCRBY', KEYS[3], ARGV[index], -1)
  local activeUntil = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[index]) or '0')
  if remaining <= 0 then redis.call('HDEL', KEYS[3], ARGV[index]) end
  if remaining <= 0 or activeUntil < position then redis.call('ZADD', KEYS[2], text(position), ARGV[index]) end
end
--!include expire-invalidations
