-- ARGV: 1 lease duration in µs, then the tasks. Returns the lease tokens.
--!include task-state
local tokens = {}
for index = 2, #ARGV do
  local jobStart, ready, leases = load(ARGV[index])
  local token = now + tonumber(ARGV[1])
  for _, lease in ipairs(leases) do token = math.max(token, lease + 1) end
  leases[#leases + 1] = token
  save(ARGV[index], jobStart, ready, leases)
  tokens[#tokens + 1] = text(token)
end
return tokens
