-- Begins a write. KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of each, 4 the spaces with in-flight
-- writes. ARGV: 1 writer, 2 space, 3 the users, with a separator before and after each. Returns the position.
-- The users of each write are kept, so a write to 1,000 feeds holds back the watermarks of only those users.
--!include allow-at-memory-limit
--!include micros
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[4], ARGV[2])
return position
