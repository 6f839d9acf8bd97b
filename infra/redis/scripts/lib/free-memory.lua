-- Lets the script finish at Redis's memory limit (scripts.ts).
redis.call('DEL', KEYS[1] .. ':none')
