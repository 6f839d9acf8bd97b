-- Lua for the current time. `now`: microseconds since 1970 by Redis's clock, plus the skew that keeps positions rising
-- (epoch.ts): the last key is the epoch. `text`: formats an integer, because Lua would write 1.7e+15.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
now = now + tonumber(redis.call('HGET', KEYS[#KEYS], 'skew') or '0')
local function text(number) return string.format('%.0f', number) end
