-- KEYS: 1 the epoch. ARGV: 1 a position that later positions must exceed, 2 the id of a new epoch, 3 the tolerance,
-- 4 the margin, 5 the format. Returns the id, its start, the current position, and the format of the data.
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
  redis.call('HSET', KEYS[1], 'id', id, 'start', text(now), 'format', ARGV[5])
end
return { id, redis.call('HGET', KEYS[1], 'start') or '0', text(now), redis.call('HGET', KEYS[1], 'format') or '1' }
