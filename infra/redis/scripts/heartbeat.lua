-- KEYS: 1 the workers. ARGV: 1 this worker.
--!include allow-at-memory-limit
local beat = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], (tonumber(beat or '0') or 0) + 1)
return redis.call('HGETALL', KEYS[1])
