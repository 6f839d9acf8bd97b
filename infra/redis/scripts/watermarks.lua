-- KEYS: 1 the clock, 2 in-flight writes of the space by position, 3 the users of each. ARGV: 1 the longest time in flight in ms, then
-- pairs of a bucket and its user, with a separator before and after. Returns the watermark of each user's feed. A write that is in
-- flight for longer holds back no watermark, but stays until it is repaired.
--!include allow-at-memory-limit
--!include micros
local inFlight = redis.call('ZRANGEBYSCORE', KEYS[2], text(now - ARGV[1] * 1000), '+inf', 'WITHSCORES')
local latest = nil
local function watermark(bucket, user)
  for index = 1, #inFlight, 2 do
    if string.find(redis.call('HGET', KEYS[3], bucket .. ' ' .. inFlight[index]) or '', user, 1, true) then
      return text(tonumber(inFlight[index + 1]) - 1)
    end
  end
  if not latest then
    latest = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now))
    redis.call('SET', KEYS[1], latest)
  end
  return latest
end
local positions = {}
for index = 2, #ARGV, 2 do positions[#positions + 1] = watermark(ARGV[index], ARGV[index + 1]) end
return positions
