-- KEYS: 1 tasks by the time at which they may start. ARGV: 1 number to skip, 2 limit. Returns the due tasks.
--!include micros
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', ARGV[1], ARGV[2])
