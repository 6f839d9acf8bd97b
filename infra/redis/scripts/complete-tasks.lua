-- ARGV: pairs of a task and a lease token. Returns for each 1 if it is no longer pending.
--!include task-state
local removed = {}
for index = 1, #ARGV, 2 do
  local jobStart, ready, leases = load(ARGV[index])
  local token = tonumber(ARGV[index + 1])
  if ready == token then ready = 0 end
  removed[#removed + 1] = save(ARGV[index], jobStart, ready, exclude(leases, token))
end
return removed
