-- KEYS: 1 the epoch. ARGV: 1 a position that later positions must exceed, 2 the id of a new epoch, 3 the tolerance,
-- 4 the margin, 5 the format, 6 the number of shards. Returns the id, its start, the current position, the format of the data, and its
-- number of shards.
--!include allow-at-memory-limit
--!include micros
local minPosition, id = tonumber(ARGV[1]), redis.call('HGET', KEYS[1], 'id')
if not id then minPosition = minPosition + ARGV[4] end
if minPosition > now + (id and tonumber(ARGV[3]) or 0) then
  redis.call('HINCRBYFLOAT', KEYS[1], 'skew', text(minPosition - now))
  now = minPosition
end
if not id then
  id = ARGV[2]
  redis.call('HSET', KEYS[1], 'id', id, 'start', text(now), 'format', ARGV[5], 'shards', ARGV[6])
end
local found = redis.call('HMGET', KEYS[1], 'start', 'format', 'shards')
return { id, found[1] or '0', text(now), found[2] or '1', found[3] or '1' }
