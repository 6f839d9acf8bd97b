-- KEYS: 1 in-flight writes of the space by position, 2 the users of each, 3 the spaces with in-flight writes. ARGV: 1 space, 2 the
-- longest time in flight in ms, 3 limit. Returns { writer, position, users } of each write that is in flight for longer.
--!include allow-at-memory-limit
--!include micros
--!include user-fields
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SREM', KEYS[3], ARGV[1])
  return {}
end
local cutoff = '(' .. text(now - ARGV[2] * 1000)
local writes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', cutoff, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local result = {}
for index = 1, #writes, 2 do
  local users = ''
  for _, part in ipairs(redis.call('HMGET', KEYS[2], unpack(userFields(writes[index])))) do users = users .. (part or '') end
  result[#result + 1] = { writes[index], writes[index + 1], users }
end
return result
