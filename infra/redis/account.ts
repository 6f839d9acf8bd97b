/**
 * The backlog's counters, for scripts. A script that adds or removes what waits changes them with it, so that no death of a
 * process can part the two.
 *
 *     actions, bytes   of all spaces
 *     settled          actions that feeds became up to date with, ever
 *     a:<space>, b:<space>, <space>.<lane>   actions and bytes of a space, bytes of a lane; missing where nothing waits
 *
 * One hash holds them all, so that a script reads and writes them by one command each, whatever it does.
 *
 * An **action** waits until feeds are up to date with it or it is dead-lettered, also in the fan-out queue. Its **bytes**
 * wait until its entry leaves the lane: the fan-out queue holds ids only.
 *
 * Counters follow the data and not the calls. A space's actions are set to the number of pending ids, and a lane that is
 * empty holds no bytes, so a wrong value corrects itself when workers next drain the space or lane.
 */
export const accountLua = `
-- Brings the counters of a space in line with what was removed. pending: the pending ids, where some were removed, of which
-- so many are settled. lane, name, removed: the lane that lost so many bytes, or nil. Returns whether the lane is empty.
local function account(backlog, space, pending, settled, lane, name, removed)
  local ofSpace, bytesOfSpace = 'a:' .. space, 'b:' .. space
  local held = redis.call('HMGET', backlog, 'actions', ofSpace, 'settled', 'bytes', bytesOfSpace, name or 'actions')
  local kept, gone = {}, {}
  local function set(field, value)
    if value > 0 then
      kept[#kept + 1] = field
      kept[#kept + 1] = value
    else gone[#gone + 1] = field end
  end
  local function of(index) return tonumber(held[index] or 0) end
  if pending then
    local now = redis.call('ZCARD', pending)
    set('actions', of(1) + now - of(2))
    set(ofSpace, now)
    if settled > 0 then set('settled', of(3) + settled) end
  end
  local isEmpty = false
  if lane then
    isEmpty = redis.call('XLEN', lane) == 0
    local before = of(6)
    local after = isEmpty and 0 or math.max(0, before - removed)
    set('bytes', of(4) + after - before)
    set(bytesOfSpace, of(5) + after - before)
    set(name, after)
  end
  if #kept > 0 then redis.call('HSET', backlog, unpack(kept)) end
  if #gone > 0 then redis.call('HDEL', backlog, unpack(gone)) end
  return isEmpty
end
`;
