-- Shared by the scripts that remove entries from a partition.
-- ARGV alternates entries and their bytes. Returns the number of entries removed, and their bytes.
local function remove(partition, from, to)
  local removed, bytes = 0, 0
  for index = from, to, 2 do
    if redis.call('XDEL', partition, ARGV[index]) == 1 then
      removed = removed + 1
      bytes = bytes + tonumber(ARGV[index + 1])
    end
  end
  return removed, bytes
end

local function deleteEmpty(partition, busy, name)
  redis.call('DEL', partition)
  redis.call('SREM', busy, name)
end

-- Removes the ids in ARGV, from the given index on, from the pending ids. Returns the number removed.
local function complete(pending, dead, from)
  if from > #ARGV then return 0 end
  local completed = redis.call('ZREM', pending, unpack(ARGV, from))
  if completed <= #ARGV - from then redis.call('SREM', dead, unpack(ARGV, from)) end
  return completed
end
