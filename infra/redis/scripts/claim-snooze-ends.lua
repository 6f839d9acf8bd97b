-- KEYS: 1 spaces by the time at which their next snoozed item is due, 2 claimed spaces by the time at which the claim expires.
-- ARGV: 1 the time, 2 how long a claim holds, both in ms, 3 limit. Moves due spaces, and those whose claim expired, to the claimed
-- ones. Returns them. A claim that holds for longer is of a worker whose clock is ahead, so it counts as expired.
--!include allow-at-memory-limit
local expiry = ARGV[1] + ARGV[2]
local spaces = {}
local function claim(found)
  for _, space in ipairs(found) do
    redis.call('ZREM', KEYS[1], space)
    redis.call('ZADD', KEYS[2], expiry, space)
    spaces[#spaces + 1] = space
  end
end
claim(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. expiry, '+inf', 'LIMIT', 0, ARGV[3]))
claim(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3]))
claim(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3]))
return spaces
