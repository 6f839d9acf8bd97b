-- Scripts of pending tasks (decision 14). A task is pending while it is **ready** for workers, or while callers hold **leases**
-- because they are writing what requires it. Each of these has a token: of a lease the time at which it expires, of a ready
-- task the time of the request, in microseconds and incremented where two are equal. The job start is the time of the first
-- lease or, if all lease holders finished, the time at which the task became ready.
--
-- The holder of an expired lease may be slow and not dead. It may write after the task ran, and crash then. So an expired
-- lease requeues the task for a second run, when any such write has ended.
--
-- KEYS: 1 tasks by the time at which they may start, 2 their state: `jobStart ready lease lease ...`, with `ready` 0 if it is not,
-- 3 requeued tasks as `jobStart task`, by time.
--!include allow-at-memory-limit
--!include micros
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
