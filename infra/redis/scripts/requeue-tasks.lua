-- ARGV: 1 limit. Requests the requeued tasks that are due.
--!include task-state
for _, requeued in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(now), 'LIMIT', 0, ARGV[1])) do
  local earlierStart, member = string.match(requeued, '^(%d+) (.*)$')
  local jobStart, ready, leases = load(member)
  save(member, math.min(jobStart, tonumber(earlierStart)), math.max(now, ready + 1), leases)
  redis.call('ZREM', KEYS[3], requeued)
end
return 1
