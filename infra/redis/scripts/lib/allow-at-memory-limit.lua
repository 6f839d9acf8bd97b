-- Redis lets a script run at its memory limit if it begins with a command that only removes. The epoch has no such field
-- (scripts.ts).
redis.call('HDEL', KEYS[#KEYS], '')
