/**
 * The backlog's counters, for scripts. A script that adds or removes what waits changes them with it, so that no death of a
 * process can part the two.
 *
 *     actions, bytes   of all spaces
 *     settled          actions that feeds became up to date with, ever
 *     a:<space>, b:<space>, <space>.<lane>   actions and bytes of a space, bytes of a lane; missing where nothing waits
 *
 * One hash holds them all, so that a script reads and writes them by one command each.
 *
 * An **action** waits until feeds are up to date with it or it is dead-lettered, also in the fan-out queue. Its **bytes**
 * wait until its entry leaves the lane: the fan-out queue holds ids only.
 *
 * Counters follow the data and not the calls. A space's actions are set to the number of pending ids, and a lane that is
 * empty holds no bytes, so a wrong value corrects itself when workers next drain the space or lane.
 */
export const accountLua = `
local function counted(backlog, fields)
  local found = redis.call('HMGET', backlog, unpack(fields))
  for index = 1, #found do found[index] = tonumber(found[index] or '0') end
  return found
end

-- Names and values alternate.
local function count(backlog, values)
  local kept, gone = {}, {}
  for index = 1, #values, 2 do
    if values[index + 1] > 0 then
      kept[#kept + 1] = values[index]
      kept[#kept + 1] = values[index + 1]
    else gone[#gone + 1] = values[index] end
  end
  if #kept > 0 then redis.call('HSET', backlog, unpack(kept)) end
  if #gone > 0 then redis.call('HDEL', backlog, unpack(gone)) end
end

-- To be called after ids were removed from the pending ones.
local function countActions(backlog, space, pending)
  local found = counted(backlog, { 'actions', 'a:' .. space })
  local now = redis.call('ZCARD', pending)
  count(backlog, { 'actions', found[1] + now - found[2], 'a:' .. space, now })
end

-- To be called after entries with so many bytes were removed from a lane.
local function countBytes(backlog, space, name, lane, removed)
  local found = counted(backlog, { 'bytes', 'b:' .. space, name })
  local after = math.max(0, found[3] - removed)
  if redis.call('XLEN', lane) == 0 then after = 0 end
  local change = after - found[3]
  count(backlog, { 'bytes', found[1] + change, 'b:' .. space, found[2] + change, name, after })
end
`;
