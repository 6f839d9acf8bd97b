/** Whether there is room for more actions to wait: asked by the script that accepts them, and by one of its own. */

/** What one waiting action takes in Redis beside its bytes: an entry, an id, and what belongs to a key. */
export const ACTION_OVERHEAD = 512;

/**
 * `refusal(held, fresh, size, bounds)`: nil, or { 'overloaded', hub | space | memory, how many actions have to leave }. `held`:
 * actions and bytes of all spaces, then of the space; `fresh` actions of `size` bytes are to come; `bounds`: actions, bytes,
 * actions of the space, bytes of the space, bytes with the overhead of each action (-1: no bound).
 */
export const refusalLua = `
local function refusal(held, fresh, size, bounds)
  for index = 1, 5 do bounds[index] = tonumber(bounds[index]) end
  local actions, bytes, mine, myBytes = held[1], held[2], held[3], held[4]
  local most, mostBytes, mostMine, mostMyBytes, room = unpack(bounds)
  local weight = bytes + size + ${ACTION_OVERHEAD} * (actions + fresh)
  if actions + fresh <= most and bytes + size <= mostBytes and mine + fresh <= mostMine and myBytes + size <= mostMyBytes
    and (room < 0 or weight <= room) then return nil end
  -- Until a tenth of the bound is free: else each place that comes free would call all who wait for one. Where nothing
  -- waits a batch is accepted however large it is, for it will never find more room.
  local function over(now, more, most, each)
    if now == 0 or now + more <= most then return 0 end
    return math.max(1, math.ceil((now + more - most * 0.9) / each))
  end
  local function refused(which, number) return { 'overloaded', which, string.format('%.0f', number) } end
  local average = math.max(1, bytes / math.max(1, actions))
  local leave = math.max(over(actions, fresh, most, 1), over(bytes, size, mostBytes, average))
  if leave > 0 then return refused('hub', leave) end
  local myAverage = math.max(1, myBytes / math.max(1, mine))
  leave = math.max(over(mine, fresh, mostMine, 1), over(myBytes, size, mostMyBytes, myAverage))
  if leave > 0 then return refused('space', leave) end
  if room >= 0 and weight > room then
    leave = math.max(1, math.min(actions, (weight - room) / (average + ${ACTION_OVERHEAD})))
    return refused('memory', leave)
  end
end
`;

/**
 * KEYS: the backlog. ARGV: 1 the space, 2 actions to come, 3 their bytes, 4 to 8 the bounds. Returns { 'room' }, or as `refusal`.
 */
export const roomScript = `
${refusalLua}
local held = redis.call('HMGET', KEYS[1], 'actions', 'bytes', 'a:' .. ARGV[1], 'b:' .. ARGV[1])
for index = 1, 4 do held[index] = tonumber(held[index] or 0) end
return refusal(held, tonumber(ARGV[2]), tonumber(ARGV[3]), { unpack(ARGV, 4, 8) }) or { 'room' }
`;
