-- KEYS: the pending ids of some spaces. Returns the age of the oldest in milliseconds, 0 if there is none. Actions in the fan-out
-- queue count, dead letters do not.
--!include micros
local lag = 0
for index = 1, #KEYS - 1 do
  local oldest = redis.call('ZRANGE', KEYS[index], 0, 0, 'WITHSCORES')
  if oldest[2] then lag = math.max(lag, (now - tonumber(oldest[2])) / 1000) end
end
return math.floor(lag)
