-- Lua function that updates the backlog counters. A script that adds or removes pending data updates them in the same step, so
-- a crash cannot separate the two.
--
-- actions, bytes   of all spaces of the shard
-- completed        actions that feeds became up to date with, ever
-- a:<space>, b:<space>, <space>.<partition>   actions and bytes of a space, bytes of a partition; missing if zero
--
-- One hash holds all counters, so a script needs one command to read them and one to write them.
--
-- An **action** counts until feeds are up to date with it or it is dead-lettered, also in the fan-out queue. Its **bytes** count
-- until its entry leaves the partition: the fan-out queue holds only ids.
--
-- Counters derive from the data: the actions of a space are the number of pending ids, and an empty partition has no bytes. So
-- a wrong value corrects itself when workers next process the space or partition.
-- Updates the counters of a space after a removal. pending: the key of the pending ids, if some were removed;
-- completed: how many of those. partitions: for each that lost entries, the index of its key, its name, and their bytes.
-- Returns for each of these whether it is empty.
local function updateCounters(backlog, space, pending, completed, partitions)
  local names = { 'actions', 'a:' .. space, 'completed', 'bytes', 'b:' .. space }
  local FIRST = #names
  for _, partition in ipairs(partitions) do names[#names + 1] = partition[2] end
  local counters = redis.call('HMGET', backlog, unpack(names))
  local toSet, toDelete = {}, {}
  local function set(index, value)
    if value > 0 then
      toSet[#toSet + 1] = names[index]
      toSet[#toSet + 1] = value
    else toDelete[#toDelete + 1] = names[index] end
  end
  local function counter(index) return tonumber(counters[index] or 0) end
  if pending then
    local now = redis.call('ZCARD', pending)
    set(1, counter(1) + now - counter(2))
    set(2, now)
    if completed > 0 then set(3, counter(3) + completed) end
  end
  local isEmpty, change = {}, 0
  for index, partition in ipairs(partitions) do
    local key = partition[1]
    isEmpty[index] = redis.call('XLEN', KEYS[key]) == 0
    local before = counter(FIRST + index)
    local after = isEmpty[index] and 0 or math.max(0, before - partition[3])
    change = change + after - before
    set(FIRST + index, after)
  end
  if #partitions > 0 then
    set(4, counter(4) + change)
    set(5, counter(5) + change)
  end
  if #toSet > 0 then redis.call('HSET', backlog, unpack(toSet)) end
  if #toDelete > 0 then redis.call('HDEL', backlog, unpack(toDelete)) end
  return isEmpty
end
