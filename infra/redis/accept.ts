import { microsLua } from './micros.ts';
import { refusalLua } from './room.ts';

/**
 * The script that accepts a batch: keys, lanes, the pending ids and the backlog's counters change together or not at all.
 *
 * ARGV: 1 prefix of the space, 2 name of the set of busy lanes, 3 of the backlog, 4 the space, 5 seconds a key is kept,
 * 6 the batch's key or '', 7 its hash; how much may wait: 8 actions, 9 bytes, 10 actions of the space, 11 bytes of the
 * space, 12 bytes with the overhead of each action (-1: no bound); then for each action: id, lane, key or '', hash, body.
 * Returns { 'accepted', ids, lanes, how many of the space wait now } | { 'repeated', ids } | { 'conflict', index or -1 } |
 * { 'overloaded', hub | space | memory, how many actions have to leave }, lists joined by commas.
 *
 * The first write is one that Redis refuses at its memory limit, so that there, too, nothing is accepted by halves.
 *
 * An entry's fields: `seq`, the number of its first action, from which the others count on: positions, above every one
 * given out before and below those given out later; `at`, the first of its batch; `size`, the bytes of its bodies; then
 * `a`, the body, of each action.
 */
export const acceptScript = `
${refusalLua}
local base, busy, backlog, space, ttl, batchKey, batchHash = unpack(ARGV, 1, 7)
local FIRST = 13
local function split(value)
  local space = string.find(value, ' ', 1, true)
  return string.sub(value, 1, space - 1), string.sub(value, space + 1)
end

if batchKey ~= '' then
  local known = redis.call('GET', base .. ':key:batch:' .. batchKey)
  if known then
    local hash, ids = split(known)
    if hash ~= batchHash then return { 'conflict', -1 } end
    return { 'repeated', ids }
  end
end

local ids, used, size = {}, {}, 0
-- Scores and ids of what is new; what each lane gets; names of counters: of all, of the space, then of these lanes.
local pending, lanes, order, names = {}, {}, {}, { 'actions', 'bytes', 'a:' .. space, 'b:' .. space }
local last, lastEntry
for at = FIRST, #ARGV, 5 do
  local id, lane, key, body = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
  local known = key ~= '' and (used[key] or redis.call('GET', base .. ':key:action:' .. key))
  if known then
    local knownHash, knownId = split(known)
    if knownHash ~= ARGV[at + 3] then return { 'conflict', (at - FIRST) / 5 } end
    ids[#ids + 1] = knownId
  else
    if key ~= '' then used[key] = ARGV[at + 3] .. ' ' .. id end
    ids[#ids + 1] = id
    pending[#pending + 1] = ''
    pending[#pending + 1] = id
    if lane ~= last then
      last, lastEntry = lane, lanes[lane]
      if not lastEntry then
        lastEntry = { 'seq', '', 'at', '', 'size', 0 }
        lanes[lane] = lastEntry
        order[#order + 1] = lane
        names[#names + 1] = space .. '.' .. lane
      end
    end
    size = size + #body
    lastEntry[6] = lastEntry[6] + #body
    lastEntry[#lastEntry + 1] = 'a'
    lastEntry[#lastEntry + 1] = body
  end
end

local fresh = #pending / 2
local held = redis.call('HMGET', backlog, unpack(names))
for index = 1, #held do held[index] = tonumber(held[index] or 0) end
local actions, bytes, mine, myBytes = held[1], held[2], held[3], held[4]
if fresh > 0 then
  local refused = refusal(held, fresh, size, { unpack(ARGV, 8, 12) })
  if refused then return refused end
${microsLua}
  -- The clock of positions (clock.ts) numbers actions, too: what was accepted before or after a position can be told.
  local clock = base .. ':clock'
  local seq = math.max(tonumber(redis.call('GET', clock) or '0') + 1, now)
  local acceptedAt = text(seq)
  for index = 1, #pending, 2 do pending[index] = acceptedAt end
  redis.call('ZADD', base .. ':waiting', unpack(pending))
  local changes = { 'actions', actions + fresh, 'bytes', bytes + size, names[3], mine + fresh, names[4], myBytes + size }
  for index, lane in ipairs(order) do
    local entry, name = lanes[lane], names[index + 4]
    changes[#changes + 1] = name
    changes[#changes + 1] = held[index + 4] + entry[6]
    entry[2], entry[4] = text(seq), acceptedAt
    seq = seq + (#entry - 6) / 2
    redis.call('XADD', base .. ':lane:' .. lane, '*', unpack(entry))
    redis.call('SADD', busy, name)
  end
  redis.call('HSET', backlog, unpack(changes))
  redis.call('SET', clock, text(seq - 1))
end
for key, value in pairs(used) do
  redis.call('SET', base .. ':key:action:' .. key, value, 'EX', ttl)
end
local answer = table.concat(ids, ',')
if batchKey ~= '' then
  redis.call('SET', base .. ':key:batch:' .. batchKey, batchHash .. ' ' .. answer, 'EX', ttl)
end
return { 'accepted', answer, table.concat(order, ','), mine + fresh }
`;
