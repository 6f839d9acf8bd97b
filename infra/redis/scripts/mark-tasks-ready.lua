-- ARGV: pairs of a task and its lease token.
--!include task-state
for index = 1, #ARGV, 2 do
  local jobStart, ready, leases = load(ARGV[index])
  local others = exclude(leases, tonumber(ARGV[index + 1]))
  if ready == 0 and #others == 0 then jobStart = now end
  save(ARGV[index], jobStart, math.max(now, ready + 1), others)
end
return 1
