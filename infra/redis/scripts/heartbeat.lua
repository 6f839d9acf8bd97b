-- KEYS: 1 the workers. ARGV: 1 this worker. Begins with a removal, so that it runs at Redis's memory limit.
redis.call('HDEL', KEYS[1], '')
local beat = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], (tonumber(beat or '0') or 0) + 1)
return redis.call('HGETALL', KEYS[1])
