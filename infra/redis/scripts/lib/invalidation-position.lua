-- `position`: now, and not before any position given. KEYS: 1 the clock, 2 invalidated names.
--!include allow-at-memory-limit
--!include micros
local position = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
