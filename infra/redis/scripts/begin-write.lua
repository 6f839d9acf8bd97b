-- Begins a write. KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of the write, 4 the spaces with
-- in-flight writes. ARGV: 1 writer, 2 expiry of the users in ms, 3 space, then the users. Returns the position.
-- The users of each write are a separate set, so a write to 1,000 feeds holds back the watermarks of only those users.
--!include allow-at-memory-limit
--!include micros
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
redis.call('SADD', KEYS[3], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[3])
return position
