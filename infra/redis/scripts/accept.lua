-- Accepts a batch atomically: idempotency keys, partitions, pending ids and backlog counters.
--
-- KEYS: 1 the busy partitions, 2 the backlog, 3 the wake-ups, 4 the pending ids of the space, 5 its clock, then the partitions,
-- then the idempotency keys. ARGV: 1 space, 2 TTL of idempotency keys in seconds, 3 which of KEYS is the batch's idempotency key
-- (0: none), 4 its hash; limits: 5 actions, 6 bytes, 7 actions of the space, 8 bytes of the space, 9 bytes including the overhead of
-- each action (-1: none); 10 actions and 11 bytes of other shards; the most pending actions of the space with which partitions are
-- woken: 12 before, 13 after the batch; 14 1 to notify busy partitions, 0 otherwise; 15 number of partitions, then their numbers; then
-- for each action: id, which of KEYS is its partition, which its idempotency key (0: none), hash, body.
-- Returns { 'accepted', ids, partitions to notify, pending actions of the space } | { 'repeated', ids } |
-- { 'conflict', index or -1 } | { 'overloaded', hub | space | memory, actions that must leave first }. Lists are joined by commas.
--
-- A partition that was not busy is woken. One that was busy is being processed, or waits for that; perhaps in the queue of lagging
-- spaces, so it is notified while spaces compete.
--
-- The first write is one that Redis refuses at its memory limit. So nothing is accepted partially there.
--
-- Fields of a stream entry: `seq`, the number of its first action; the others follow. Numbers are positions: above all earlier
-- ones and below all later ones. `at`: the first number of its batch. `size`: the bytes of its bodies. `a`: the body of an
-- action, repeated for each action.
--!include check-capacity
local busy, backlog, wakeUps, pendingIds, clock = unpack(KEYS, 1, 5)
local space, ttl, batchKey, batchHash = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local maxBefore, maxAfter, notifyBusy = tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14] == '1'
-- The number of the partition KEYS[n] is ARGV[NUMBERS + n].
local NUMBERS = 15 - 5
local FIRST = 16 + tonumber(ARGV[15])
local function split(value)
  local space = string.find(value, ' ', 1, true)
  return string.sub(value, 1, space - 1), string.sub(value, space + 1)
end

if batchKey > 0 then
  local known = redis.call('GET', KEYS[batchKey])
  if known then
    local hash, ids = split(known)
    if hash ~= batchHash then return { 'conflict', -1 } end
    return { 'repeated', ids }
  end
end

local ids, used, size = {}, {}, 0
-- Scores and ids of new actions; the entry of each partition; counter names: hub, space, then these partitions.
local pending, partitions, order, names = {}, {}, {}, { 'actions', 'bytes', 'a:' .. space, 'b:' .. space }
local lastPartition, lastEntry
for at = FIRST, #ARGV, 5 do
  local id, partition, key, body = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 4]
  local known = key > 0 and (used[key] or redis.call('GET', KEYS[key]))
  if known then
    local knownHash, knownId = split(known)
    if knownHash ~= ARGV[at + 3] then return { 'conflict', (at - FIRST) / 5 } end
    ids[#ids + 1] = knownId
  else
    if key > 0 then used[key] = ARGV[at + 3] .. ' ' .. id end
    ids[#ids + 1] = id
    pending[#pending + 1] = ''
    pending[#pending + 1] = id
    if partition ~= lastPartition then
      lastPartition, lastEntry = partition, partitions[partition]
      if not lastEntry then
        lastEntry = { 'seq', '', 'at', '', 'size', 0 }
        partitions[partition] = lastEntry
        order[#order + 1] = partition
        names[#names + 1] = space .. '.' .. ARGV[NUMBERS + partition]
      end
    end
    size = size + #body
    lastEntry[6] = lastEntry[6] + #body
    lastEntry[#lastEntry + 1] = 'a'
    lastEntry[#lastEntry + 1] = body
  end
end

local newCount = #pending / 2
local toNotify = {}
local counters = redis.call('HMGET', backlog, unpack(names))
for index = 1, #counters do counters[index] = tonumber(counters[index] or 0) end
local actions, bytes, spaceActions, spaceBytes = counters[1], counters[2], counters[3], counters[4]
if newCount > 0 then
  local overload = checkCapacity(counters, newCount, size, { unpack(ARGV, 5, 11) })
  if overload then return overload end
--!include micros
  -- The position clock (position-clock.ts) also numbers actions, so actions and positions can be ordered.
  local seq = math.max(tonumber(redis.call('GET', clock) or '0') + 1, now)
  local acceptedAt = text(seq)
  for index = 1, #pending, 2 do pending[index] = acceptedAt end
  redis.call('ZADD', pendingIds, unpack(pending))
  local changes = { 'actions', actions + newCount, 'bytes', bytes + size, names[3], spaceActions + newCount, names[4], spaceBytes + size }
  local isWoken = spaceActions <= maxBefore and spaceActions + newCount <= maxAfter
  for index, partition in ipairs(order) do
    local entry, name = partitions[partition], names[index + 4]
    changes[#changes + 1] = name
    changes[#changes + 1] = counters[index + 4] + entry[6]
    entry[2], entry[4] = text(seq), acceptedAt
    seq = seq + (#entry - 6) / 2
    redis.call('XADD', KEYS[partition], '*', unpack(entry))
    local wasIdle = redis.call('SADD', busy, name) == 1
    if isWoken and wasIdle then redis.call('RPUSH', wakeUps, name)
    elseif not isWoken or notifyBusy then toNotify[#toNotify + 1] = ARGV[NUMBERS + partition] end
  end
  redis.call('HSET', backlog, unpack(changes))
  redis.call('SET', clock, text(seq - 1))
end
for key, value in pairs(used) do
  redis.call('SET', KEYS[key], value, 'EX', ttl)
end
local joinedIds = table.concat(ids, ',')
if batchKey > 0 then
  redis.call('SET', KEYS[batchKey], batchHash .. ' ' .. joinedIds, 'EX', ttl)
end
return { 'accepted', joinedIds, table.concat(toNotify, ','), spaceActions + newCount }
