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
-- completed: how many of those. partition, name, removed: the partition that lost so many bytes, or nil. Returns isEmpty.
local function updateCounters(backlog, space, pending, completed, partition, name, removed)
  local spaceActions, spaceBytes = 'a:' .. space, 'b:' .. space
  local counters = redis.call('HMGET', backlog, 'actions', spaceActions, 'completed', 'bytes', spaceBytes, name or 'actions')
  local toSet, toDelete = {}, {}
  local function set(field, value)
    if value > 0 then
      toSet[#toSet + 1] = field
      toSet[#toSet + 1] = value
    else toDelete[#toDelete + 1] = field end
  end
  local function counter(index) return tonumber(counters[index] or 0) end
  if pending then
    local now = redis.call('ZCARD', pending)
    set('actions', counter(1) + now - counter(2))
    set(spaceActions, now)
    if completed > 0 then set('completed', counter(3) + completed) end
  end
  local isEmpty = false
  if partition then
    isEmpty = redis.call('XLEN', partition) == 0
    local before = counter(6)
    local after = isEmpty and 0 or math.max(0, before - removed)
    set('bytes', counter(4) + after - before)
    set(spaceBytes, counter(5) + after - before)
    set(name, after)
  end
  if #toSet > 0 then redis.call('HSET', backlog, unpack(toSet)) end
  if #toDelete > 0 then redis.call('HDEL', backlog, unpack(toDelete)) end
  return isEmpty
end
