import type { Redis } from 'ioredis';
import { MAX_IN_FLIGHT_MS } from '../../core/model/positions.ts';
import type { InFlightWrite, PositionClock } from '../../core/ports/bus.ts';
import { clockKey, inFlightKey, inFlightSpacesKey } from './keys.ts';
import { microsLua } from './micros.ts';

/*
 * KEYS of most scripts: 1 the clock, 2 the in-flight writes of the space by position, 3 the users of the write, 4 the spaces
 * with in-flight writes. `crashedWriters` and `release` need no clock; theirs begin with the in-flight writes. The users of each
 * write are a separate set, so a write to 1,000 feeds holds back the watermarks of only those users. A write that is in flight
 * for too long holds back no watermark, but stays until it is repaired. Each script that writes begins with a removal, so that
 * it runs at Redis's memory limit.
 */
const freeMemoryLua = `redis.call('DEL', KEYS[1] .. ':none')`;

const beginScript = `${freeMemoryLua}${microsLua}
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local position = text(math.max(last + 1, now))
redis.call('SET', KEYS[1], position)
redis.call('ZADD', KEYS[2], position, ARGV[1])
redis.call('SADD', KEYS[3], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[3])
return position
`;

const endScript = `${freeMemoryLua}${microsLua}
local position = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[3])
if not position then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if now - tonumber(position) > ARGV[2] * 1000 then return 0 end
return 1
`;

const watermarkScript = `${freeMemoryLua}${microsLua}
local inFlight = redis.call('ZRANGEBYSCORE', KEYS[2], text(now - ARGV[2] * 1000), '+inf', 'WITHSCORES')
for index = 1, #inFlight, 2 do
  if redis.call('SISMEMBER', KEYS[2] .. ':' .. inFlight[index], ARGV[1]) == 1 then
    return text(tonumber(inFlight[index + 1]) - 1)
  end
end
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now))
redis.call('SET', KEYS[1], position)
return position
`;

const crashedWritersScript = `${freeMemoryLua}${microsLua}
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return {}
end
local cutoff = '(' .. text(now - ARGV[2] * 1000)
local writes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', cutoff, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
local result = {}
for index = 1, #writes, 2 do
  local users = redis.call('SMEMBERS', KEYS[1] .. ':' .. writes[index])
  result[#result + 1] = { writes[index], writes[index + 1], users }
end
return result
`;

const releaseScript = `
if redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[2])
return 1
`;

const nextPositionScript = `${freeMemoryLua}${microsLua}
local position = text(math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, now))
redis.call('SET', KEYS[1], position)
return position
`;

interface Scripts {
  hubbubNextPosition(clock: string): Promise<string>;
  hubbubBeginWrite(
    clock: string,
    inFlight: string,
    usersKey: string,
    spaces: string,
    writer: string,
    expiry: number,
    space: string,
    ...users: string[]
  ): Promise<string>;
  hubbubCrashedWriters(
    inFlight: string,
    spaces: string,
    space: string,
    maxInFlightMs: number,
    limit: number,
  ): Promise<Array<[writer: string, position: string, users: string[]]>>;
  hubbubReleaseWrite(inFlight: string, usersKey: string, writer: string, position: number): Promise<number>;
  hubbubEndWrite(
    clock: string,
    inFlight: string,
    usersKey: string,
    writer: string,
    maxInFlightMs: number,
  ): Promise<number>;
  hubbubWatermark(clock: string, inFlight: string, user: string, maxInFlightMs: number): Promise<string>;
}

/** The users of a write expire after this, if the writer crashed and no worker repairs it. */
const EXPIRY_MS = 24 * 3_600_000;
/** Writes of one space that are repaired in one pass. */
const MAX_CRASHED_WRITERS = 100;

/** The position clock (decision 7) in Redis: shared by all processes, ordered even if Redis loses its memory. */
export class RedisClock implements PositionClock {
  readonly #redis: Redis & Scripts;
  readonly #epoch: { readonly startPosition: number };

  /** Without an `epoch`, every position belongs to the current one. */
  constructor(redis: Redis, epoch: { readonly startPosition: number } = { startPosition: 0 }) {
    redis.defineCommand('hubbubNextPosition', { numberOfKeys: 1, lua: nextPositionScript });
    redis.defineCommand('hubbubBeginWrite', { numberOfKeys: 4, lua: beginScript });
    redis.defineCommand('hubbubEndWrite', { numberOfKeys: 3, lua: endScript });
    redis.defineCommand('hubbubCrashedWriters', { numberOfKeys: 2, lua: crashedWritersScript });
    redis.defineCommand('hubbubReleaseWrite', { numberOfKeys: 2, lua: releaseScript });
    redis.defineCommand('hubbubWatermark', { numberOfKeys: 2, lua: watermarkScript });
    this.#redis = redis as Redis & Scripts;
    this.#epoch = epoch;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const [clock, inFlight] = keys(space);
    const usersKey = `${inFlight}:${writer}`;
    return Number(
      await this.#redis.hubbubBeginWrite(
        ...[clock, inFlight, usersKey, inFlightSpacesKey, writer],
        EXPIRY_MS,
        space,
        ...users,
      ),
    );
  }

  async end(space: string, writer: string): Promise<boolean> {
    const [clock, inFlight] = keys(space);
    return (
      (await this.#redis.hubbubEndWrite(
        clock,
        inFlight,
        `${inFlight}:${writer}`,
        writer,
        MAX_IN_FLIGHT_MS,
      )) === 1
    );
  }

  async watermark(space: string, user: string): Promise<number> {
    return Number(await this.#redis.hubbubWatermark(...keys(space), user, MAX_IN_FLIGHT_MS));
  }

  async now(space: string): Promise<number> {
    return Number(await this.#redis.hubbubNextPosition(clockKey(space)));
  }

  get epoch(): number {
    return this.#epoch.startPosition;
  }

  async crashedWriters(): Promise<InFlightWrite[]> {
    const found: InFlightWrite[] = [];
    for (const space of await this.#redis.smembers(inFlightSpacesKey)) {
      const inFlight = inFlightKey(space);
      const stuck = await this.#redis.hubbubCrashedWriters(
        inFlight,
        inFlightSpacesKey,
        space,
        MAX_IN_FLIGHT_MS,
        MAX_CRASHED_WRITERS,
      );
      for (const [writer, position, users] of stuck)
        found.push({ space, writer, position: Number(position), users });
    }
    return found;
  }

  async release({ space, writer, position }: InFlightWrite): Promise<void> {
    const inFlight = inFlightKey(space);
    await this.#redis.hubbubReleaseWrite(inFlight, `${inFlight}:${writer}`, writer, position);
  }
}

const keys = (space: string): [string, string] => [clockKey(space), inFlightKey(space)];
