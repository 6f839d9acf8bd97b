-- Ends a write. KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of each. ARGV: 1 writer, 2 the longest time
-- in flight in ms. Returns 1, or 0 if readers may have passed its position.
--!include allow-at-memory-limit
--!include micros
--!include user-fields
local position = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], unpack(userFields(ARGV[1])))
if not position then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if now - tonumber(position) > ARGV[2] * 1000 then return 0 end
return 1
