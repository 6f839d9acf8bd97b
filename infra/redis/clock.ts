import type { Redis } from 'ioredis';
import type { PositionClock } from '../../core/ports/bus.ts';
import { MOST_IN_FLIGHT_MS } from '../../core/positions.ts';
import { spaceKey } from './keys.ts';

/*
 * KEYS 1 the clock, 2 the changes in flight by position. A change's users are a set of its own, so that a change
 * of 1,000 feeds holds back only these. Numbers go through string.format: Lua would write them as 1.7e+15.
 */
const now = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function text(number) return string.format('%.0f', number) end
`;

const begin = `${now}
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
redis.call('SADD', KEYS[3], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[3], 2 * ARGV[2])
return position
`;

const finish = `${now}
local position = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[3])
if not position then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if now - tonumber(position) > ARGV[2] * 1000 then return 0 end
return 1
`;

const horizon = `${now}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now - ARGV[2] * 1000))
local flight = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
for index = 1, #flight, 2 do
  if redis.call('SISMEMBER', KEYS[2] .. ':' .. flight[index], ARGV[1]) == 1 then
    return text(tonumber(flight[index + 1]) - 1)
  end
end
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now))
redis.call('SET', KEYS[1], position)
return position
`;

interface Scripts {
  hubbubBegin(
    clock: string,
    flight: string,
    users: string,
    writer: string,
    most: number,
    ...of: string[]
  ): Promise<string>;
  hubbubFinish(clock: string, flight: string, users: string, writer: string, most: number): Promise<number>;
  hubbubHorizon(clock: string, flight: string, user: string, most: number): Promise<string>;
}

/** The clock of decision 7, in Redis: shared by all processes, ordered even where Redis forgets. */
export class RedisClock implements PositionClock {
  readonly #redis: Redis & Scripts;

  constructor(redis: Redis) {
    redis.defineCommand('hubbubBegin', { numberOfKeys: 3, lua: begin });
    redis.defineCommand('hubbubFinish', { numberOfKeys: 3, lua: finish });
    redis.defineCommand('hubbubHorizon', { numberOfKeys: 2, lua: horizon });
    this.#redis = redis as Redis & Scripts;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const [clock, flight] = keys(space);
    const of = `${flight}:${writer}`;
    return Number(await this.#redis.hubbubBegin(clock, flight, of, writer, MOST_IN_FLIGHT_MS, ...users));
  }

  async end(space: string, writer: string): Promise<boolean> {
    const [clock, flight] = keys(space);
    return (
      (await this.#redis.hubbubFinish(clock, flight, `${flight}:${writer}`, writer, MOST_IN_FLIGHT_MS)) === 1
    );
  }

  async horizon(space: string, user: string): Promise<number> {
    return Number(await this.#redis.hubbubHorizon(...keys(space), user, MOST_IN_FLIGHT_MS));
  }
}

const keys = (space: string): [string, string] => [`${spaceKey(space)}:clock`, `${spaceKey(space)}:flight`];
