-- Reads the oldest entries of a partition, at least one, until a limit is reached. KEYS: 1 the clock, 2 the partition. ARGV:
-- 1 actions, 2 bytes. The script applies the limits because a client cannot know the size of entries in advance. Returns a
-- position below that of every later write, then the entries.
--!include allow-at-memory-limit
--!include micros
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now))
redis.call('SET', KEYS[1], position)
local maxActions, maxBytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local entries, count, bytes, from = {}, 0, 0, '-'
while count < maxActions and bytes < maxBytes do
  local found = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', 8)
  for _, entry in ipairs(found) do
    if count >= maxActions or bytes >= maxBytes then break end
    from = '(' .. entry[1]
    count = count + math.max(1, (#entry[2] - 6) / 2)
    for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    entries[#entries + 1] = entry
  end
  if #found < 8 then break end
end
return { position, entries }
