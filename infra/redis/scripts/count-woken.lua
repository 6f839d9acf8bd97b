-- Returns how many partitions wait for a worker, and how many workers have claimed recently. KEYS: 1 the wake-ups, 2 the claims by
-- time. ARGV: 1 how long a claim counts, in ms.
--!include micros
return { redis.call('LLEN', KEYS[1]), redis.call('ZCOUNT', KEYS[2], text(now - ARGV[1] * 1000), '+inf') }
