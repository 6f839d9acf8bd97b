-- KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of each. ARGV: 1 user with a separator before and after
-- it, 2 the longest time in flight in ms, 3 the bucket of the user. Returns the watermark of the user's feed. A write that is
-- in flight for longer holds back no watermark, but stays until it is repaired.
--!include allow-at-memory-limit
--!include micros
local inFlight = redis.call('ZRANGEBYSCORE', KEYS[2], text(now - ARGV[2] * 1000), '+inf', 'WITHSCORES')
for index = 1, #inFlight, 2 do
  if string.find(redis.call('HGET', KEYS[3], ARGV[3] .. ' ' .. inFlight[index]) or '', ARGV[1], 1, true) then
    return text(tonumber(inFlight[index + 1]) - 1)
  end
end
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now))
redis.call('SET', KEYS[1], position)
return position
