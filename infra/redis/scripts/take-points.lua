-- KEYS: 1 the bucket: when it is full again, in milliseconds since 1970; it expires then.
-- ARGV: 1 points, 3 capacity, 4 seconds in which an empty bucket fills.
-- Returns what the library expects: points in use (above the capacity: refused), and milliseconds until the bucket is full or, if
-- refused, until enough points are available.
local cost, capacity = tonumber(ARGV[1]), tonumber(ARGV[3])
local perMs = capacity / tonumber(ARGV[4]) / 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
-- Limits the debt: otherwise, after the clock was set back, calls would be refused for as long as it had been ahead.
local latest = now + math.max(2 * capacity, {{MAX_DEBT}}) / perMs
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now), latest)
local used = (full - now) * perMs
-- Tolerates rounding errors of up to a thousandth of a point.
local excess = used + math.min(cost, capacity) - capacity
if excess > 0.001 then return { capacity + 1, math.ceil(excess / perMs) } end
full = full + cost / perMs
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now) + 1)
return { math.min(math.ceil(used + cost), capacity), math.ceil(full - now) }
