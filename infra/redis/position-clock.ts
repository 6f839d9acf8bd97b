import { groupBy } from '../../core/model/group-by.ts';
import { hash32 } from '../../core/model/keys.ts';
import { MAX_IN_FLIGHT_MS } from '../../core/model/positions.ts';
import { asPosition, FIRST_POSITION, type Position } from '../../core/model/units.ts';
import type { InFlightWrite, PositionClock } from '../../core/ports/clock.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Writes of one space that are repaired in one pass. */
const MAX_CRASHED_WRITERS = 100;

type CrashedWriter = [writer: string, position: string, users: string];

/** The position at which the epoch of a space began. */
interface EpochStarts {
  startOf(space: string): Position;
}

/** The users of a write are divided into so many fields (scripts/lib/user-fields.lua). */
const BUCKETS = 32;
/** Separates the users of a write. No id contains a control character. */
const SEPARATOR = '\n';

const defineScripts = (redis: RedisClient) => ({
  nextPosition: defineScript<string>(redis, 'next-position'),
  beginWrite: defineScript<string>(redis, 'begin-write'),
  endWrite: defineScript<number>(redis, 'end-write', { BUCKETS }),
  crashedWriters: defineScript<CrashedWriter[]>(redis, 'crashed-writers', { BUCKETS }),
  releaseWrite: defineScript<number>(redis, 'release-write', { BUCKETS }),
  watermark: defineScript<string>(redis, 'watermark'),
});

/** The position clock (decision 7) in Redis: shared by all processes, ordered even if Redis loses its data. */
export class RedisClock implements PositionClock {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #scripts: ReturnType<typeof defineScripts>;
  readonly #epochs: EpochStarts;

  /** Without `epochs`, every position belongs to the current one. */
  constructor(redis: RedisClient, shards: Shards, epochs: EpochStarts = { startOf: () => FIRST_POSITION }) {
    this.#redis = redis;
    this.#shards = shards;
    this.#scripts = defineScripts(redis);
    this.#epochs = epochs;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<Position> {
    const shard = this.#shards.of(space);
    const keys = [...writeKeys(shard, space), shard.inFlightSpacesKey];
    return parsePosition(await this.#scripts.beginWrite(shard, keys, writer, space, ...fieldsOf(users)));
  }

  async end(space: string, writer: string): Promise<boolean> {
    const shard = this.#shards.of(space);
    return (await this.#scripts.endWrite(shard, writeKeys(shard, space), writer, MAX_IN_FLIGHT_MS)) === 1;
  }

  async watermark(space: string, user: string): Promise<Position> {
    const shard = this.#shards.of(space);
    const argv = [separated([user]), MAX_IN_FLIGHT_MS, bucketOf(user)];
    return parsePosition(await this.#scripts.watermark(shard, writeKeys(shard, space), ...argv));
  }

  async now(space: string): Promise<Position> {
    const shard = this.#shards.of(space);
    return parsePosition(await this.#scripts.nextPosition(shard, [shard.clockKey(space)]));
  }

  epochOf(space: string): Position {
    return this.#epochs.startOf(space);
  }

  async crashedWriters(): Promise<InFlightWrite[]> {
    return (await Promise.all(this.#shards.all.map((shard) => this.#crashedWritersOf(shard)))).flat();
  }

  async release({ space, writer, position }: InFlightWrite): Promise<void> {
    const shard = this.#shards.of(space);
    const keys = [shard.inFlightKey(space), shard.inFlightUsersKey(space)];
    await this.#scripts.releaseWrite(shard, keys, writer, position);
  }

  async #crashedWritersOf(shard: Shard): Promise<InFlightWrite[]> {
    const found: InFlightWrite[] = [];
    for (const space of await this.#redis.smembers(shard.inFlightSpacesKey)) {
      const keys = [shard.inFlightKey(space), shard.inFlightUsersKey(space), shard.inFlightSpacesKey];
      const argv = [space, MAX_IN_FLIGHT_MS, MAX_CRASHED_WRITERS];
      for (const [writer, position, users] of await this.#scripts.crashedWriters(shard, keys, ...argv)) {
        found.push({ space, writer, position: parsePosition(position), users: usersOf(users) });
      }
    }
    return found;
  }
}

const writeKeys = (shard: Shard, space: string): string[] => [
  shard.clockKey(space),
  shard.inFlightKey(space),
  shard.inFlightUsersKey(space),
];

const separated = (users: readonly string[]): string => `${SEPARATOR}${users.join(SEPARATOR)}${SEPARATOR}`;
const bucketOf = (user: string): number => hash32(user) % BUCKETS;
const fieldsOf = (users: readonly string[]): Array<string | number> =>
  [...groupBy(users, bucketOf)].flatMap(([bucket, grouped]) => [bucket, separated(grouped)]);
const usersOf = (text: string): string[] => text.split(SEPARATOR).filter((user) => user !== '');

const parsePosition = (reply: string): Position => asPosition(Number(reply));
