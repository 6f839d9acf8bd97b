-- KEYS: 1 the lock. ARGV: 1 its duration in ms. Returns 1 to one of all callers in that time, 0 to the others.
redis.call('DEL', KEYS[1] .. ':none')
if redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') then return 1 end
return 0
