import { microsLua } from './micros.ts';

/**
 * Scripts of pending tasks (decision 14). A task is pending while it is **ready** for workers, or while callers hold **leases**
 * because they are writing what requires it. Each of these has a token: of a lease the time at which it expires, of a ready
 * task the time of the request, in microseconds and incremented where two are equal. The job start is the time of the first
 * lease or, if all lease holders finished, the time at which the task became ready.
 *
 * The holder of an expired lease may be slow and not dead. It may write after the task ran, and crash then. So an expired
 * lease requeues the task for a second run, when any such write has ended.
 *
 * KEYS: 1 tasks by the time at which they may start, 2 their state: `jobStart ready lease lease ...`, with `ready` 0 if it is not,
 * 3 requeued tasks as `jobStart task`, by time.
 */
const stateLua = `redis.call('DEL', KEYS[1] .. ':none')
${microsLua}
local function load(member)
  local tokens = {}
  for token in string.gmatch(redis.call('HGET', KEYS[2], member) or text(now) .. ' 0', '%d+') do
    tokens[#tokens + 1] = tonumber(token)
  end
  local jobStart, ready = table.remove(tokens, 1), table.remove(tokens, 1)
  return jobStart, ready, tokens
end

local function save(member, jobStart, ready, leases)
  if ready == 0 and #leases == 0 then
    redis.call('ZREM', KEYS[1], member)
    redis.call('HDEL', KEYS[2], member)
    return 1
  end
  local tokens, due = { text(jobStart), text(ready) }, ready
  for _, lease in ipairs(leases) do
    tokens[#tokens + 1] = text(lease)
    if ready == 0 and (due == 0 or lease < due) then due = lease end
  end
  redis.call('HSET', KEYS[2], member, table.concat(tokens, ' '))
  redis.call('ZADD', KEYS[1], text(due), member)
  return 0
end

local function exclude(leases, token)
  local rest = {}
  for _, lease in ipairs(leases) do
    if lease ~= token then rest[#rest + 1] = lease end
  end
  return rest
end
`;

/** ARGV: 1 lease duration in µs, then the tasks. Returns the lease tokens. */
export const leaseScript = `${stateLua}
local tokens = {}
for index = 2, #ARGV do
  local jobStart, ready, leases = load(ARGV[index])
  local token = now + tonumber(ARGV[1])
  for _, lease in ipairs(leases) do token = math.max(token, lease + 1) end
  leases[#leases + 1] = token
  save(ARGV[index], jobStart, ready, leases)
  tokens[#tokens + 1] = text(token)
end
return tokens
`;

/** ARGV: pairs of a task and its lease token. */
export const markReadyScript = `${stateLua}
for index = 1, #ARGV, 2 do
  local jobStart, ready, leases = load(ARGV[index])
  local others = exclude(leases, tonumber(ARGV[index + 1]))
  if ready == 0 and #others == 0 then jobStart = now end
  save(ARGV[index], jobStart, math.max(now, ready + 1), others)
end
return 1
`;

/**
 * ARGV: 1 a task, 2 delay in µs after which a task with an expired lease is requeued. Returns the lease token and the job start,
 * or nothing if the task may not run. An expired lease counts as a new request: its holder crashed, perhaps after writing.
 */
export const claimScript = `${stateLua}
local jobStart, ready, leases = load(ARGV[1])
local live = {}
for _, lease in ipairs(leases) do
  if lease > now then live[#live + 1] = lease end
end
if #live < #leases then
  ready = math.max(now, ready + 1)
  save(ARGV[1], jobStart, ready, live)
  redis.call('ZADD', KEYS[3], text(now + tonumber(ARGV[2])), text(jobStart) .. ' ' .. ARGV[1])
end
if ready == 0 then return {} end
return { text(ready), text(jobStart) }
`;

/** ARGV: 1 limit. Requests the requeued tasks that are due. */
export const requeueScript = `${stateLua}
for _, requeued in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(now), 'LIMIT', 0, ARGV[1])) do
  local earlierStart, member = string.match(requeued, '^(%d+) (.*)$')
  local jobStart, ready, leases = load(member)
  save(member, math.min(jobStart, tonumber(earlierStart)), math.max(now, ready + 1), leases)
  redis.call('ZREM', KEYS[3], requeued)
end
return 1
`;

/** ARGV: pairs of a task and a lease token. Returns for each 1 if it is no longer pending. */
export const completeScript = `${stateLua}
local removed = {}
for index = 1, #ARGV, 2 do
  local jobStart, ready, leases = load(ARGV[index])
  local token = tonumber(ARGV[index + 1])
  if ready == token then ready = 0 end
  removed[#removed + 1] = save(ARGV[index], jobStart, ready, exclude(leases, token))
end
return removed
`;

/** KEYS: 1 tasks by the time at which they may start. ARGV: 1 number to skip, 2 limit. Returns the due tasks. */
export const dueScript = `${microsLua}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', ARGV[1], ARGV[2])
`;
