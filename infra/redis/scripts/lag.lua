-- KEYS: 1 the backlog. ARGV: 1 prefix and 2 suffix of the key of a space's pending ids, 3 number of counters. Returns
-- milliseconds. Actions in the fan-out queue count, dead letters do not.
--!include micros
local lag = 0
for _, name in ipairs(redis.call('HRANDFIELD', KEYS[1], ARGV[3])) do
  local space = string.match(name, '^a:(.*)$')
  local oldest = space and redis.call('ZRANGE', ARGV[1] .. space .. ARGV[2], 0, 0, 'WITHSCORES') or {}
  if oldest[2] then lag = math.max(lag, (now - tonumber(oldest[2])) / 1000) end
end
return math.floor(lag)
