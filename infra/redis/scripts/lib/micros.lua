-- Lua for the current time. `now`: microseconds since 1970 by Redis's clock, plus the skew that keeps positions rising
-- (epoch.ts). `text`: formats an integer, because Lua would write 1.7e+15.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
now = now + tonumber(redis.call('HGET', '{{epochKey}}', 'skew') or '0')
local function text(number) return string.format('%.0f', number) end
