/**
 * The script that accepts a batch: keys, lanes and the set of pending ids change together or not at all.
 *
 * ARGV: 1 prefix of the space, 2 name of the set of busy lanes, 3 the space, 4 seconds a key is kept, 5 the batch's
 * key or '', 6 its hash, then for each action: id, lane, key or '', hash, body.
 * Answers { 'accepted', ids, lanes, how many of the space wait now } | { 'repeated', ids } | { 'conflict', index or -1 }, lists joined by commas.
 *
 * An entry's fields: `seq`, the number of its first action, from which the others count on: positions, above every one
 * given out before and below those given out later; `at`, the first of its batch; then `a`, the body, of each action.
 */
export const acceptScript = `
local base, busy, space, ttl, batchKey, batchHash = unpack(ARGV, 1, 6)

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

local ids, fresh, used = {}, {}, {}
for at = 7, #ARGV, 5 do
  local id, key, hash = ARGV[at], ARGV[at + 2], ARGV[at + 3]
  local known = key ~= '' and (used[key] or redis.call('GET', base .. ':key:action:' .. key))
  if known then
    local knownHash, knownId = split(known)
    if knownHash ~= hash then return { 'conflict', (at - 7) / 5 } end
    ids[#ids + 1] = knownId
  else
    if key ~= '' then used[key] = hash .. ' ' .. id end
    ids[#ids + 1] = id
    fresh[#fresh + 1] = at
  end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
-- Lua would write numbers as 1.7e+15.
local function text(number) return string.format('%.0f', number) end
-- The clock of positions (clock.ts) numbers actions, too: what was accepted before or after a position can be told.
local clock = base .. ':clock'
local seq = math.max(tonumber(redis.call('GET', clock) or '0') + 1, now)
local acceptedAt = text(seq)

local order, lanes = {}, {}
for _, at in ipairs(fresh) do
  local lane = ARGV[at + 1]
  if not lanes[lane] then
    lanes[lane] = { 'seq', '', 'at', acceptedAt }
    order[#order + 1] = lane
  end
  local entry = lanes[lane]
  entry[#entry + 1] = 'a'
  entry[#entry + 1] = ARGV[at + 4]
  redis.call('SADD', base .. ':pending', ARGV[at])
end
for _, lane in ipairs(order) do
  local entry = lanes[lane]
  entry[2] = text(seq)
  seq = seq + (#entry - 4) / 2
  redis.call('XADD', base .. ':lane:' .. lane, '*', unpack(entry))
  redis.call('SADD', busy, space .. '.' .. lane)
end
if #order > 0 then redis.call('SET', clock, text(seq - 1)) end
for key, value in pairs(used) do
  redis.call('SET', base .. ':key:action:' .. key, value, 'EX', ttl)
end
local answer = table.concat(ids, ',')
if batchKey ~= '' then
  redis.call('SET', base .. ':key:batch:' .. batchKey, batchHash .. ' ' .. answer, 'EX', ttl)
end
return { 'accepted', answer, table.concat(order, ','), redis.call('SCARD', base .. ':pending') }
`;

/**
 * Reads the oldest entries of a lane, at least one, until they hold enough. KEYS: 1 the lane. ARGV: 1 enough actions, 2
 * enough bytes. Cut off here, as a client cannot know how long what it asks for will be.
 */
export const readScript = `
local most, mostBytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local entries, held, bytes, from = {}, 0, 0, '-'
while held < most and bytes < mostBytes do
  local found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 8)
  for _, entry in ipairs(found) do
    if held >= most or bytes >= mostBytes then break end
    from = '(' .. entry[1]
    held = held + math.max(1, (#entry[2] - 4) / 2)
    for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    entries[#entries + 1] = entry
  end
  if #found < 8 then break end
end
return entries
`;

/**
 * Takes entries out of a lane. KEYS: 1 the lane, 2 the set of busy lanes. ARGV: 1 `space.lane`, then entry ids.
 */
export const dropScript = `
redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[2], ARGV[1])
end
return 1
`;
