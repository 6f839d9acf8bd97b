-- `position`: now, and not before any position given. KEYS: 1 the clock, 2 invalidated names.
redis.call('DEL', KEYS[2] .. ':none')
--!include micros
local position = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
