-- Returns 1 if a worker has claimed the partition recently, 0 otherwise. KEYS: 1 the claims by time. ARGV: 1 how long a claim
-- counts, in ms, 2 the partition.
--!include micros
for _, claim in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], text(now - ARGV[1] * 1000), '+inf')) do
  if string.match(claim, '^(.*) [^ ]*$') == ARGV[2] then return 1 end
end
return 0
