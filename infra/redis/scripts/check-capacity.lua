-- KEYS: 1 the backlog. ARGV: 1 space, 2 new actions, 3 their bytes, 4 to 10 the limits. Returns { 'ok' }, or as `checkCapacity`.
--!include check-capacity
local counters = redis.call('HMGET', KEYS[1], 'actions', 'bytes', 'a:' .. ARGV[1], 'b:' .. ARGV[1])
for index = 1, 4 do counters[index] = tonumber(counters[index] or 0) end
return checkCapacity(counters, tonumber(ARGV[2]), tonumber(ARGV[3]), { unpack(ARGV, 4, 10) }) or { 'ok' }
