-- KEYS: 1 in-flight writes of the space by position, 2 the users of each. ARGV: 1 writer, 2 its position. Returns 1, or 0 if there
-- is no such write.
--!include user-fields
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], unpack(userFields(ARGV[1])))
return 1
