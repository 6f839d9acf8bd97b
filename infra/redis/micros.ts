import { epochKey } from './keys.ts';

/**
 * For scripts. `now`: microseconds since 1970 by the clock of Redis, moved on by what keeps positions rising (epoch.ts).
 * `text`: a whole number as text, for Lua would write 1.7e+15.
 */
export const microsLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
now = now + tonumber(redis.call('HGET', '${epochKey}', 'skew') or '0')
local function text(number) return string.format('%.0f', number) end
`;
