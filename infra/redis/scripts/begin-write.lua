-- Begins a write. KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of each, 4 the spaces with in-flight
-- writes. ARGV: 1 writer, 2 space, then pairs of a bucket and its users, with a separator before and after each. Returns the
-- position.
-- The users of each write are kept, so a write to 1,000 feeds holds back the watermarks of only those users.
--!include allow-at-memory-limit
--!include micros
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
local fields = {}
for index = 3, #ARGV, 2 do
  fields[#fields + 1] = ARGV[index] .. ' ' .. ARGV[1]
  fields[#fields + 1] = ARGV[index + 1]
end
if #fields > 0 then redis.call('HSET', KEYS[3], unpack(fields)) end
redis.call('SADD', KEYS[4], ARGV[2])
return position
