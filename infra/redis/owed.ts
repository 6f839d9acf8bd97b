import { microsLua } from './micros.ts';

/**
 * The scripts of chores (decision 14). What makes a chore owed: that it is **ready**, for workers to begin, and
 * the **leases** of callers who are writing what makes it necessary. Each is known by its stamp: of a lease the time
 * at which it ends, else the time at which it was asked for, in microseconds and moved on where two fall together. It is
 * **begun** when it is leased first, or, where whoever leased it came to an end with it, when it is ready.
 *
 * A lease that runs out may be of a caller who is slow and not dead: it may write after the chore was done, and die then. So
 * the chore is asked for once more, **late**, when whatever was being written is written or never will be.
 *
 * KEYS: 1 chores by when they may be begun, 2 their state: `begun ready lease lease ...`, `ready` 0 where it is not,
 * 3 `begun chore` of those to be asked for late, by when.
 */
const state = `redis.call('DEL', KEYS[1] .. ':none')
${microsLua}
local function load(member)
  local stamps = {}
  for stamp in string.gmatch(redis.call('HGET', KEYS[2], member) or text(now) .. ' 0', '%d+') do
    stamps[#stamps + 1] = tonumber(stamp)
  end
  local begun, ready = table.remove(stamps, 1), table.remove(stamps, 1)
  return begun, ready, stamps
end

local function save(member, begun, ready, leases)
  if ready == 0 and #leases == 0 then
    redis.call('ZREM', KEYS[1], member)
    redis.call('HDEL', KEYS[2], member)
    return 1
  end
  local stamps, due = { text(begun), text(ready) }, ready
  for _, lease in ipairs(leases) do
    stamps[#stamps + 1] = text(lease)
    if ready == 0 and (due == 0 or lease < due) then due = lease end
  end
  redis.call('HSET', KEYS[2], member, table.concat(stamps, ' '))
  redis.call('ZADD', KEYS[1], text(due), member)
  return 0
end

local function without(leases, stamp)
  local kept = {}
  for _, lease in ipairs(leases) do
    if lease ~= stamp then kept[#kept + 1] = lease end
  end
  return kept
end
`;

/** ARGV: 1 how long a lease lasts in µs, then the chores. Answers the stamps. */
export const leaseScript = `${state}
local stamps = {}
for index = 2, #ARGV do
  local begun, ready, leases = load(ARGV[index])
  local stamp = now + tonumber(ARGV[1])
  for _, lease in ipairs(leases) do stamp = math.max(stamp, lease + 1) end
  leases[#leases + 1] = stamp
  save(ARGV[index], begun, ready, leases)
  stamps[#stamps + 1] = text(stamp)
end
return stamps
`;

/** ARGV: pairs of a chore and the stamp of its lease. */
export const readyScript = `${state}
for index = 1, #ARGV, 2 do
  local begun, ready, leases = load(ARGV[index])
  local others = without(leases, tonumber(ARGV[index + 1]))
  if ready == 0 and #others == 0 then begun = now end
  save(ARGV[index], begun, math.max(now, ready + 1), others)
end
return 1
`;

/**
 * ARGV: 1 a chore, 2 how much later it is asked for once more, in µs, where a lease of it ran out. Answers the stamp under
 * which it may be done and when it was begun, nothing where it may not be done. Leases that ran out count as asking anew:
 * whoever held them died, perhaps after writing.
 */
export const takeScript = `${state}
local begun, ready, leases = load(ARGV[1])
local live = {}
for _, lease in ipairs(leases) do
  if lease > now then live[#live + 1] = lease end
end
if #live < #leases then
  ready = math.max(now, ready + 1)
  save(ARGV[1], begun, ready, live)
  redis.call('ZADD', KEYS[3], text(now + tonumber(ARGV[2])), text(begun) .. ' ' .. ARGV[1])
end
if ready == 0 then return {} end
return { text(ready), text(begun) }
`;

/** ARGV: how many at the most. Asks for the chores whose late time has come. */
export const lateScript = `${state}
for _, late in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(now), 'LIMIT', 0, ARGV[1])) do
  local since, member = string.match(late, '^(%d+) (.*)$')
  local begun, ready, leases = load(member)
  save(member, math.min(begun, tonumber(since)), math.max(now, ready + 1), leases)
  redis.call('ZREM', KEYS[3], late)
end
return 1
`;

/** ARGV: pairs of a chore and a stamp. Answers for each 1 where it is no longer owed. */
export const doneScript = `${state}
local done = {}
for index = 1, #ARGV, 2 do
  local begun, ready, leases = load(ARGV[index])
  local stamp = tonumber(ARGV[index + 1])
  if ready == stamp then ready = 0 end
  done[#done + 1] = save(ARGV[index], begun, ready, without(leases, stamp))
end
return done
`;

/** KEYS: 1 chores by when they may be begun. ARGV: 1 how many to skip, 2 how many at the most. Returns those that may. */
export const dueScript = `${microsLua}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', ARGV[1], ARGV[2])
`;
