-- KEYS: 1 the set, 2 the fill. ARGV: 1 the expected size. The fill is smaller if Redis lost its data meanwhile.
if redis.call('SCARD', KEYS[2]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('SUNIONSTORE', KEYS[1], KEYS[1], KEYS[2])
redis.call('DEL', KEYS[2])
return 1
