import { accountLua } from './account.ts';
import { microsLua } from './micros.ts';

/** What one waiting action takes in Redis beside its bytes: an entry, an id, and what belongs to a key. */
export const ACTION_OVERHEAD = 512;

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
local base, busy, backlog, space, ttl, batchKey, batchHash = unpack(ARGV, 1, 7)
local FIRST = 13
${accountLua}
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

local ids, fresh, used, size = {}, {}, {}, 0
for at = FIRST, #ARGV, 5 do
  local id, key, hash = ARGV[at], ARGV[at + 2], ARGV[at + 3]
  local known = key ~= '' and (used[key] or redis.call('GET', base .. ':key:action:' .. key))
  if known then
    local knownHash, knownId = split(known)
    if knownHash ~= hash then return { 'conflict', (at - FIRST) / 5 } end
    ids[#ids + 1] = knownId
  else
    if key ~= '' then used[key] = hash .. ' ' .. id end
    ids[#ids + 1] = id
    fresh[#fresh + 1] = at
    size = size + #ARGV[at + 4]
  end
end

${microsLua}
if #fresh > 0 then
  local held = redis.call('HMGET', backlog, 'actions', 'bytes')
  local actions, bytes = tonumber(held[1] or '0'), tonumber(held[2] or '0')
  local mine = tonumber(redis.call('HGET', backlog .. ':spaces', space) or '0')
  local myBytes = tonumber(redis.call('HGET', backlog .. ':bytes', space) or '0')
  -- Until a tenth of the bound is free: else each place that comes free would call all who wait for one. Where nothing
  -- waits a batch is accepted however large it is, for it will never find more room.
  local function over(now, more, most, each)
    if now == 0 or now + more <= most then return 0 end
    return math.max(1, math.ceil((now + more - most * 0.9) / each))
  end
  local function refused(which, number) return { 'overloaded', which, text(number) } end
  local average = math.max(1, bytes / math.max(1, actions))
  local most = math.max(over(actions, #fresh, tonumber(ARGV[8]), 1), over(bytes, size, tonumber(ARGV[9]), average))
  if most > 0 then return refused('hub', most) end
  local myAverage = math.max(1, myBytes / math.max(1, mine))
  most = math.max(over(mine, #fresh, tonumber(ARGV[10]), 1), over(myBytes, size, tonumber(ARGV[11]), myAverage))
  if most > 0 then return refused('space', most) end
  local weight, room = bytes + size + ${ACTION_OVERHEAD} * (actions + #fresh), tonumber(ARGV[12])
  if room >= 0 and weight > room then
    return refused('memory', math.max(1, math.min(actions, (weight - room) / (average + ${ACTION_OVERHEAD}))))
  end
end

-- The clock of positions (clock.ts) numbers actions, too: what was accepted before or after a position can be told.
local clock = base .. ':clock'
local seq = math.max(tonumber(redis.call('GET', clock) or '0') + 1, now)
local acceptedAt = text(seq)

local order, lanes, pending = {}, {}, {}
for _, at in ipairs(fresh) do
  local lane, body = ARGV[at + 1], ARGV[at + 4]
  if not lanes[lane] then
    lanes[lane] = { 'seq', '', 'at', acceptedAt, 'size', 0 }
    order[#order + 1] = lane
  end
  local entry = lanes[lane]
  entry[6] = entry[6] + #body
  entry[#entry + 1] = 'a'
  entry[#entry + 1] = body
  pending[#pending + 1] = acceptedAt
  pending[#pending + 1] = ARGV[at]
end
if #order > 0 then
  redis.call('ZADD', base .. ':waiting', unpack(pending))
  countActions(backlog, space, base .. ':waiting')
end
for _, lane in ipairs(order) do
  local entry, bytes = lanes[lane], lanes[lane][6]
  local key, name = base .. ':lane:' .. lane, space .. '.' .. lane
  entry[2], entry[6] = text(seq), text(bytes)
  seq = seq + (#entry - 6) / 2
  redis.call('XADD', key, '*', unpack(entry))
  redis.call('SADD', busy, name)
  countBytes(backlog, space, name, key, bytes)
end
if #order > 0 then redis.call('SET', clock, text(seq - 1)) end
for key, value in pairs(used) do
  redis.call('SET', base .. ':key:action:' .. key, value, 'EX', ttl)
end
local answer = table.concat(ids, ',')
if batchKey ~= '' then
  redis.call('SET', base .. ':key:batch:' .. batchKey, batchHash .. ' ' .. answer, 'EX', ttl)
end
return { 'accepted', answer, table.concat(order, ','), redis.call('ZCARD', base .. ':waiting') }
`;
