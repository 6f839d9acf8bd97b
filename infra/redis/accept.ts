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
-- What each lane gets; names of counters: of all, of the space, then of these lanes.
local order, lanes, names = {}, {}, { 'actions', 'bytes', 'a:' .. space, 'b:' .. space }
for at = FIRST, #ARGV, 5 do
  local id, lane, key, hash, body = unpack(ARGV, at, at + 4)
  local known = key ~= '' and (used[key] or redis.call('GET', base .. ':key:action:' .. key))
  if known then
    local knownHash, knownId = split(known)
    if knownHash ~= hash then return { 'conflict', (at - FIRST) / 5 } end
    ids[#ids + 1] = knownId
  else
    if key ~= '' then used[key] = hash .. ' ' .. id end
    ids[#ids + 1] = id
    fresh[#fresh + 1] = id
    size = size + #body
    local entry = lanes[lane]
    if not entry then
      entry = { 'seq', '', 'at', '', 'size', 0 }
      lanes[lane] = entry
      order[#order + 1] = lane
      names[#names + 1] = space .. '.' .. lane
    end
    entry[6] = entry[6] + #body
    entry[#entry + 1] = 'a'
    entry[#entry + 1] = body
  end
end

${microsLua}
local held = counted(backlog, names)
local actions, bytes, mine, myBytes = unpack(held, 1, 4)
if #fresh > 0 then
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

if #fresh > 0 then
  local pending = {}
  for _, id in ipairs(fresh) do
    pending[#pending + 1] = acceptedAt
    pending[#pending + 1] = id
  end
  redis.call('ZADD', base .. ':waiting', unpack(pending))
  local changes = { 'actions', #fresh, 'bytes', size, 'a:' .. space, #fresh, 'b:' .. space, size }
  for index, lane in ipairs(order) do
    local entry = lanes[lane]
    changes[#changes + 1] = names[index + 4]
    changes[#changes + 1] = entry[6]
    entry[2], entry[4], entry[6] = text(seq), acceptedAt, text(entry[6])
    seq = seq + (#entry - 6) / 2
    redis.call('XADD', base .. ':lane:' .. lane, '*', unpack(entry))
    redis.call('SADD', busy, names[index + 4])
  end
  for index = 1, #held do changes[index * 2] = changes[index * 2] + held[index] end
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
return { 'accepted', answer, table.concat(order, ','), mine + #fresh }
`;
