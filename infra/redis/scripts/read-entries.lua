-- Reads the oldest entries of partitions until a limit is reached: at least one of the first partition that is not empty. The
-- partitions share the limits, and those behind get what those before leave. KEYS: 1 the clock, then the partitions. ARGV:
-- 1 actions, 2 bytes. The script applies the limits because a client cannot know the size of entries in advance. Returns a
-- position below that of every later write, then for each partition that was read a list of its entries.
--!include allow-at-memory-limit
--!include micros
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now))
redis.call('SET', KEYS[1], position)
local actionsLeft, bytesLeft = tonumber(ARGV[1]), tonumber(ARGV[2])
-- The last key is the epoch.
local partitions = #KEYS - 2
local found = {}
for index = 1, partitions do
  if actionsLeft <= 0 or bytesLeft <= 0 then break end
  local waiting = partitions - index + 1
  local maxActions, maxBytes = math.ceil(actionsLeft / waiting), math.ceil(bytesLeft / waiting)
  local entries, count, bytes, from = {}, 0, 0, '-'
  while count < maxActions and bytes < maxBytes do
    local size = math.min(8, maxActions - count)
    local page = redis.call('XRANGE', KEYS[1 + index], from, '+', 'COUNT', size)
    for _, entry in ipairs(page) do
      if count >= maxActions or bytes >= maxBytes then break end
      from = '(' .. entry[1]
      count = count + math.max(1, (#entry[2] - 6) / 2)
      for _, value in ipairs(entry[2]) do bytes = bytes + #value end
      entries[#entries + 1] = entry
    end
    if #page < size then break end
  end
  found[index] = entries
  actionsLeft, bytesLeft = actionsLeft - count, bytesLeft - bytes
end
return { position, found }
