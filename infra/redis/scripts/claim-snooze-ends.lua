-- KEYS: 1 spaces by the time at which their next snoozed item is due, 2 claimed spaces by the time at which the claim expires.
-- ARGV: 1 the time, 2 how long a claim holds, both in ms, 3 limit. Moves due spaces, and those whose claim expired, to the claimed
-- ones. Returns them.
--!include allow-at-memory-limit
local spaces = {}
for index = 1, 2 do
  for _, space in ipairs(redis.call('ZRANGEBYSCORE', KEYS[index], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
    redis.call('ZREM', KEYS[1], space)
    redis.call('ZADD', KEYS[2], ARGV[1] + ARGV[2], space)
    spaces[#spaces + 1] = space
  end
end
return spaces
