import type { Redis } from 'ioredis';
import { MAX_IN_FLIGHT_MS } from '../../core/model/positions.ts';
import { asPosition, FIRST_POSITION, type Position } from '../../core/model/units.ts';
import type { InFlightWrite, PositionClock } from '../../core/ports/clock.ts';
import { clockKey, inFlightKey, inFlightSpacesKey, inFlightUsersKey } from './keys.ts';
import { defineScript } from './scripts.ts';

/** Writes of one space that are repaired in one pass. */
const MAX_CRASHED_WRITERS = 100;

type CrashedWriter = [writer: string, position: string, users: string];

/** Separates the users of a write. No id contains a control character. */
const SEPARATOR = '\n';

const defineScripts = (redis: Redis) => ({
  nextPosition: defineScript<string>(redis, 'next-position'),
  beginWrite: defineScript<string>(redis, 'begin-write'),
  endWrite: defineScript<number>(redis, 'end-write'),
  crashedWriters: defineScript<CrashedWriter[]>(redis, 'crashed-writers'),
  releaseWrite: defineScript<number>(redis, 'release-write'),
  watermark: defineScript<string>(redis, 'watermark'),
});

/** The position clock (decision 7) in Redis: shared by all processes, ordered even if Redis loses its data. */
export class RedisClock implements PositionClock {
  readonly #redis: Redis;
  readonly #scripts: ReturnType<typeof defineScripts>;
  readonly #epoch: { readonly startPosition: Position };

  /** Without an `epoch`, every position belongs to the current one. */
  constructor(redis: Redis, epoch: { readonly startPosition: Position } = { startPosition: FIRST_POSITION }) {
    this.#redis = redis;
    this.#scripts = defineScripts(redis);
    this.#epoch = epoch;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<Position> {
    const keys = [clockKey(space), inFlightKey(space), inFlightUsersKey(space), inFlightSpacesKey];
    return parsePosition(await this.#scripts.beginWrite(keys, writer, space, separated(users)));
  }

  async end(space: string, writer: string): Promise<boolean> {
    const keys = [clockKey(space), inFlightKey(space), inFlightUsersKey(space)];
    return (await this.#scripts.endWrite(keys, writer, MAX_IN_FLIGHT_MS)) === 1;
  }

  async watermark(space: string, user: string): Promise<Position> {
    const keys = [clockKey(space), inFlightKey(space), inFlightUsersKey(space)];
    return parsePosition(await this.#scripts.watermark(keys, separated([user]), MAX_IN_FLIGHT_MS));
  }

  async now(space: string): Promise<Position> {
    return parsePosition(await this.#scripts.nextPosition([clockKey(space)]));
  }

  get epoch(): Position {
    return this.#epoch.startPosition;
  }

  async crashedWriters(): Promise<InFlightWrite[]> {
    const found: InFlightWrite[] = [];
    for (const space of await this.#redis.smembers(inFlightSpacesKey)) {
      const keys = [inFlightKey(space), inFlightUsersKey(space), inFlightSpacesKey];
      const limits = [MAX_IN_FLIGHT_MS, MAX_CRASHED_WRITERS];
      for (const [writer, position, users] of await this.#scripts.crashedWriters(keys, space, ...limits)) {
        found.push({ space, writer, position: parsePosition(position), users: usersOf(users) });
      }
    }
    return found;
  }

  async release({ space, writer, position }: InFlightWrite): Promise<void> {
    await this.#scripts.releaseWrite([inFlightKey(space), inFlightUsersKey(space)], writer, position);
  }
}

const separated = (users: readonly string[]): string => `${SEPARATOR}${users.join(SEPARATOR)}${SEPARATOR}`;
const usersOf = (text: string): string[] => text.split(SEPARATOR).filter((user) => user !== '');

const parsePosition = (reply: string): Position => asPosition(Number(reply));
