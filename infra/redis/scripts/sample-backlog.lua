-- KEYS: 1 the backlog. Returns its counters actions, bytes, completed and deadLetters, then what the server of the shard says about
-- its memory and about itself. The counters first: actions accepted after that count as used memory, which lowers the limit.
local counters = redis.call('HMGET', KEYS[1], 'actions', 'bytes', 'completed', 'deadLetters')
for index = 1, 4 do counters[index] = counters[index] or '0' end
return { counters, redis.call('INFO', 'memory'), redis.call('INFO', 'server') }
