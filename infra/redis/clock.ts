import type { Redis } from 'ioredis';
import type { Flight, PositionClock } from '../../core/ports/bus.ts';
import { MOST_IN_FLIGHT_MS } from '../../core/positions.ts';
import { clockKey, flightKey, flyingKey } from './keys.ts';
import { microsLua } from './micros.ts';

/*
 * KEYS 1 the clock, 2 the changes in flight by position. A change's users are a set of its own, so that a change
 * of 1,000 feeds holds back only these. What is in flight for too long holds nobody back, but stays until someone has seen
 * to it. Scripts begin with a removal, so that they work at Redis's memory limit.
 */
const freeing = `redis.call('DEL', KEYS[1] .. ':none')`;

const begin = `${freeing}${microsLua}
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
redis.call('SADD', KEYS[3], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[3])
return position
`;

const finish = `${freeing}${microsLua}
local position = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[3])
if not position then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if now - tonumber(position) > ARGV[2] * 1000 then return 0 end
return 1
`;

const horizon = `${freeing}${microsLua}
local flight = redis.call('ZRANGEBYSCORE', KEYS[2], text(now - ARGV[2] * 1000), '+inf', 'WITHSCORES')
for index = 1, #flight, 2 do
  if redis.call('SISMEMBER', KEYS[2] .. ':' .. flight[index], ARGV[1]) == 1 then
    return text(tonumber(flight[index + 1]) - 1)
  end
end
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now))
redis.call('SET', KEYS[1], position)
return position
`;

const abandoned = `${freeing}${microsLua}
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return {}
end
local late = '(' .. text(now - ARGV[2] * 1000)
local flights = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', late, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local found = {}
for index = 1, #flights, 2 do
  local users = redis.call('SMEMBERS', KEYS[1] .. ':' .. flights[index])
  found[#found + 1] = { flights[index], flights[index + 1], users }
end
return found
`;

const forget = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[2])
return 1
`;

const next = `${freeing}${microsLua}
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now))
redis.call('SET', KEYS[1], position)
return position
`;

interface Scripts {
  hubbubNow(clock: string): Promise<string>;
  hubbubBegin(
    clock: string,
    flight: string,
    users: string,
    spaces: string,
    writer: string,
    expiry: number,
    space: string,
    ...of: string[]
  ): Promise<string>;
  hubbubAbandoned(
    flight: string,
    spaces: string,
    space: string,
    most: number,
    limit: number,
  ): Promise<Array<[writer: string, position: string, users: string[]]>>;
  hubbubForget(flight: string, users: string, writer: string, position: number): Promise<number>;
  hubbubFinish(clock: string, flight: string, users: string, writer: string, most: number): Promise<number>;
  hubbubHorizon(clock: string, flight: string, user: string, most: number): Promise<string>;
}

/** The users of a change are known for this long, should whoever made it have died and no worker be there. */
const EXPIRY_MS = 24 * 3_600_000;
/** Changes of one space that are seen to at once. */
const MOST_ABANDONED = 100;

/** The clock of decision 7, in Redis: shared by all processes, ordered even where Redis forgets. */
export class RedisClock implements PositionClock {
  readonly #redis: Redis & Scripts;
  readonly #epoch: { readonly began: number };

  /** Without an `epoch` every position counts as one of this memory. */
  constructor(redis: Redis, epoch: { readonly began: number } = { began: 0 }) {
    redis.defineCommand('hubbubNow', { numberOfKeys: 1, lua: next });
    redis.defineCommand('hubbubBegin', { numberOfKeys: 4, lua: begin });
    redis.defineCommand('hubbubFinish', { numberOfKeys: 3, lua: finish });
    redis.defineCommand('hubbubAbandoned', { numberOfKeys: 2, lua: abandoned });
    redis.defineCommand('hubbubForget', { numberOfKeys: 2, lua: forget });
    redis.defineCommand('hubbubHorizon', { numberOfKeys: 2, lua: horizon });
    this.#redis = redis as Redis & Scripts;
    this.#epoch = epoch;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const [clock, flight] = keys(space);
    const of = `${flight}:${writer}`;
    return Number(
      await this.#redis.hubbubBegin(...[clock, flight, of, flyingKey, writer], EXPIRY_MS, space, ...users),
    );
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

  async now(space: string): Promise<number> {
    return Number(await this.#redis.hubbubNow(clockKey(space)));
  }

  get epoch(): number {
    return this.#epoch.began;
  }

  async abandoned(): Promise<Flight[]> {
    const found: Flight[] = [];
    for (const space of await this.#redis.smembers(flyingKey)) {
      const flight = flightKey(space);
      const most = MOST_IN_FLIGHT_MS;
      const late = await this.#redis.hubbubAbandoned(flight, flyingKey, space, most, MOST_ABANDONED);
      for (const [writer, pos, users] of late) found.push({ space, writer, pos: Number(pos), users });
    }
    return found;
  }

  async forget({ space, writer, pos }: Flight): Promise<void> {
    const flight = flightKey(space);
    await this.#redis.hubbubForget(flight, `${flight}:${writer}`, writer, pos);
  }
}

const keys = (space: string): [string, string] => [clockKey(space), flightKey(space)];
