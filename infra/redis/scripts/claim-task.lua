-- ARGV: 1 a task, 2 delay in µs after which a task with an expired lease is requeued. Returns the lease token and the job start,
-- or nothing if the task may not run. An expired lease counts as a new request: its holder crashed, perhaps after writing.
--!include task-state
local jobStart, ready, leases = load(ARGV[1])
local live = {}
for _, lease in ipairs(leases) do
  if lease > now then live[#live + 1] = lease end
end
if #live < #leases then
  ready = math.max(now, ready + 1)
  save(ARGV[1], jobStart, ready, live)
  redis.call('ZADD', KEYS[3], text(now + tonumber(ARGV[2])), text(jobStart) .. ' ' .. ARGV[1])
end
if ready == 0 then return {} end
return { text(ready), text(jobStart) }
