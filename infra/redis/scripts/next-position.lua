-- KEYS: 1 the clock. Returns a position below that of every later write.
--!include allow-at-memory-limit
--!include micros
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now))
redis.call('SET', KEYS[1], position)
return position
