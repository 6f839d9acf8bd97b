-- `checkCapacity(counters, newCount, size, limits)` returns nil or { 'overloaded', hub | space | memory, actions that must leave
-- first }. `counters`: actions and bytes of the shard, then of the space. `newCount`, `size`: new actions and their bytes.
-- `limits`: actions, bytes, actions of the space, bytes of the space, bytes of the shard including the overhead of each action (-1:
-- none); then the actions and bytes of other shards, which count for the first two.
local function checkCapacity(counters, newCount, size, limits)
  for index = 1, 7 do limits[index] = tonumber(limits[index]) end
  local actions, bytes, spaceActions, spaceBytes = counters[1], counters[2], counters[3], counters[4]
  local maxActions, maxBytes, maxSpaceActions, maxSpaceBytes, maxWeight, otherActions, otherBytes = unpack(limits)
  local allActions, allBytes = actions + otherActions, bytes + otherBytes
  local weight = bytes + size + {{ACTION_OVERHEAD}} * (actions + newCount)
  if allActions + newCount <= maxActions and allBytes + size <= maxBytes and spaceActions + newCount <= maxSpaceActions and spaceBytes + size <= maxSpaceBytes
    and (maxWeight < 0 or weight <= maxWeight) then return nil end
  -- Waits until a tenth of the limit is free. Otherwise each freed place would wake all waiting callers. An empty
  -- backlog accepts a batch of any size, because it will never have more room.
  local function excess(now, more, limit, each)
    if now == 0 or now + more <= limit then return 0 end
    return math.max(1, math.ceil((now + more - limit * 0.9) / each))
  end
  local function overloaded(which, number) return { 'overloaded', which, string.format('%.0f', number) } end
  local average = math.max(1, allBytes / math.max(1, allActions))
  local mustLeave = math.max(excess(allActions, newCount, maxActions, 1), excess(allBytes, size, maxBytes, average))
  if mustLeave > 0 then return overloaded('hub', mustLeave) end
  local spaceAverage = math.max(1, spaceBytes / math.max(1, spaceActions))
  mustLeave = math.max(excess(spaceActions, newCount, maxSpaceActions, 1), excess(spaceBytes, size, maxSpaceBytes, spaceAverage))
  if mustLeave > 0 then return overloaded('space', mustLeave) end
  if maxWeight >= 0 and weight > maxWeight then
    mustLeave = math.max(1, math.min(actions, (weight - maxWeight) / (average + {{ACTION_OVERHEAD}})))
    return overloaded('memory', mustLeave)
  end
end
