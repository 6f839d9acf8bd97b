-- KEYS: 1 the turn. ARGV: 1 its interval in ms. Returns 1 to one of all callers in that time, 0 to the others.
--!include allow-at-memory-limit
if redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') then return 1 end
return 0
