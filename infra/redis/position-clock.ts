import type { Redis } from 'ioredis';
import { MAX_IN_FLIGHT_MS } from '../../core/model/positions.ts';
import type { InFlightWrite, PositionClock } from '../../core/ports/bus.ts';
import { clockKey, inFlightKey, inFlightSpacesKey } from './keys.ts';
import { loadScript } from './scripts.ts';

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
    redis.defineCommand('hubbubNextPosition', { numberOfKeys: 1, lua: loadScript('next-position') });
    redis.defineCommand('hubbubBeginWrite', { numberOfKeys: 4, lua: loadScript('begin-write') });
    redis.defineCommand('hubbubEndWrite', { numberOfKeys: 3, lua: loadScript('end-write') });
    redis.defineCommand('hubbubCrashedWriters', { numberOfKeys: 2, lua: loadScript('crashed-writers') });
    redis.defineCommand('hubbubReleaseWrite', { numberOfKeys: 2, lua: loadScript('release-write') });
    redis.defineCommand('hubbubWatermark', { numberOfKeys: 2, lua: loadScript('watermark') });
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
