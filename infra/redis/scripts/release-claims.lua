-- Deletes the claims of some workers. KEYS: 1 the claims by time. ARGV: ids of workers. Returns their partitions.
--!include allow-at-memory-limit
local workers, partitions = {}, {}
for _, worker in ipairs(ARGV) do workers[worker] = true end
for _, claim in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local partition, worker = string.match(claim, '^(.*) ([^ ]*)$')
  if workers[worker] then
    redis.call('ZREM', KEYS[1], claim)
    partitions[#partitions + 1] = partition
  end
end
return partitions
