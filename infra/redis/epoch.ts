/**
 * Detects that Redis lost its data (FLUSHALL, a failover to an empty replica, a restart without its append-only file), and
 * keeps positions rising when Redis's clock is set back.
 *
 *     epoch   id · start: the position at which it began · skew: µs that positions are ahead of Redis's clock ·
 *             format: of everything that this hub keeps in Redis · shards: how many there are
 *
 * Each shard has an epoch. Every process checks them once a second. If one is missing, the first process creates it above every
 * position it knows: the last time of the shard's server plus the time on its own monotonic clock since. In-flight writes of an
 * earlier epoch are lost, so clients that hold its positions must reload. If Redis holds data in another format, or divided into
 * another number of shards, the process exits: it would not find that data.
 */
import { randomUUID } from 'node:crypto';
import {
  asMicros,
  asMillis,
  asPosition,
  FIRST_POSITION,
  type Position,
  toMicros,
} from '../../core/model/units.ts';
import { runPeriodically } from '../periodic-run.ts';
import { exitWithConfigError } from '../process.ts';
import type { RedisClient } from './connect.ts';
import { FIRST_SHARD, type Shard } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';
import type { Shards } from './shards.ts';

export const CHECK_MS = 1_000;
/** Of the keys and their values. Raise it whenever older data can't be read any more. 1 was written without a format. */
const FORMAT = '3';
/** A clock that is further behind than this was set back. Less may be network latency. */
const TOLERANCE_US = asMicros(1_000_000);
/** Other processes may know positions that are later by this much. */
const MARGIN_US = asMicros(100_000);

type Reply = [id: string, start: string, now: string, format: string, shards: string];

/** What a process knows of the epoch of one shard. */
interface ShardEpoch {
  id: string;
  startPosition: Position;
  /** The position at the last check, and the time on the monotonic clock. */
  now: Position;
  at: number;
}

/** The epochs of all shards. */
export class Epochs {
  readonly #shards: Shards;
  readonly #script: Script<Reply>;
  readonly #monotonicNow: () => number;
  readonly #known = new Map<Shard, ShardEpoch>();

  /** `monotonicNow`: milliseconds of a monotonic clock. */
  constructor(redis: RedisClient, shards: Shards, monotonicNow: () => number = () => performance.now()) {
    this.#shards = shards;
    this.#script = defineScript(redis, 'check-epoch');
    this.#monotonicNow = monotonicNow;
  }

  /** The position at which the epoch of the space's shard began; 0 until it is known. */
  startOf(space: string): Position {
    return this.#known.get(this.#shards.of(space))?.startPosition ?? FIRST_POSITION;
  }

  /** Checks once a second until the returned function is called. Calls `onLoss` after a new epoch began. */
  watch(onLoss: () => unknown, onError: (error: unknown) => void): () => void {
    const checkOnce = async () => {
      if (await this.check()) await onLoss();
    };
    return runPeriodically(CHECK_MS, checkOnce, onError);
  }

  /**
   * Returns true if a shard lost its data since the last check.
   * @throws Error if a server is unavailable, and no shard lost its data
   */
  async check(): Promise<boolean> {
    // With another number of shards this process exits before it begins an epoch in any other.
    if (this.#known.size === 0) await this.#check(FIRST_SHARD);
    const checks = await Promise.allSettled(this.#shards.all.map((shard) => this.#check(shard)));
    if (checks.some((check) => check.status === 'fulfilled' && check.value)) return true;
    for (const check of checks) if (check.status === 'rejected') throw check.reason;
    return false;
  }

  async #check(shard: Shard): Promise<boolean> {
    const previous = this.#known.get(shard);
    const minPosition = previous
      ? asPosition(Math.floor(previous.now + toMicros(asMillis(this.#monotonicNow() - previous.at))))
      : FIRST_POSITION;
    const count = String(this.#shards.count);
    const argv = [minPosition, randomUUID(), TOLERANCE_US, MARGIN_US, FORMAT, count];
    const [id, startPosition, now, format, foundCount] = await this.#script(shard, [], ...argv);
    if (format !== FORMAT) {
      exitWithConfigError(
        `REDIS_URL names a Redis with data of another version of Hubbub (format ${format}, this version has ${FORMAT}). Run that version until nothing waits in it, then empty that Redis, or name another one`,
      );
    }
    if (foundCount !== count) {
      exitWithConfigError(
        `REDIS_SHARDS is ${count}, but the data in Redis is divided into ${foundCount}. Set REDIS_SHARDS to ${foundCount}. To change it, run the hub until nothing waits in Redis, stop all its processes, and empty that Redis`,
      );
    }
    this.#known.set(shard, {
      id,
      startPosition: asPosition(Number(startPosition)),
      now: asPosition(Number(now)),
      at: this.#monotonicNow(),
    });
    return previous !== undefined && previous.id !== id;
  }
}
