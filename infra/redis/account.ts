/**
 * The backlog's counters, for scripts. A script that adds or removes what waits changes them with it, so that no death of a
 * process can part the two.
 *
 *     backlog         actions, bytes: of all spaces · settled: actions that feeds became up to date with, ever
 *     backlog:spaces  space → actions
 *     backlog:bytes   space → bytes · space.lane → bytes
 *
 * An **action** waits until feeds are up to date with it or it is dead-lettered, also in the fan-out queue. Its **bytes**
 * wait until its entry leaves the lane: the fan-out queue holds ids only.
 *
 * Counters follow the data and not the calls. A space's actions are set to the number of pending ids, and a lane that is
 * empty holds no bytes, so a wrong value corrects itself as soon as its space or lane is touched.
 */
export const accountLua = `
local function moved(backlog, counter, fields, change)
  if change == 0 then return end
  redis.call('HINCRBY', backlog, counter, change)
  for _, field in ipairs(fields) do
    if redis.call('HINCRBY', backlog .. ':' .. field[1], field[2], change) <= 0 then
      redis.call('HDEL', backlog .. ':' .. field[1], field[2])
    end
  end
end

-- To be called after ids were added to the pending ones or removed.
local function countActions(backlog, space, pending)
  local before = tonumber(redis.call('HGET', backlog .. ':spaces', space) or '0')
  moved(backlog, 'actions', { { 'spaces', space } }, redis.call('ZCARD', pending) - before)
end

-- To be called after entries were added to a lane (a positive change) or removed.
local function countBytes(backlog, space, name, lane, change)
  local before = tonumber(redis.call('HGET', backlog .. ':bytes', name) or '0')
  local after = math.max(0, before + change)
  if redis.call('XLEN', lane) == 0 then after = 0 end
  moved(backlog, 'bytes', { { 'bytes', space }, { 'bytes', name } }, after - before)
end
`;
