/**
 * Detects that Redis lost its data (FLUSHALL, a failover to an empty replica, a restart without its append-only file), and
 * keeps positions rising when Redis's clock is set back.
 *
 *     epoch   id · start: the position at which it began · skew: µs that positions are ahead of Redis's clock ·
 *             format: of everything that this hub keeps in Redis
 *
 * Every process checks once a second. If the epoch is missing, the first process creates one above every position it knows: the
 * last time of Redis plus the time on its own monotonic clock since. In-flight writes of an earlier epoch are lost, so clients
 * that hold its positions must reload. If Redis holds data in another format, the process exits: it belongs to another version
 * of Hubbub.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
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
import { defineScript, type Script } from './scripts.ts';

export const CHECK_MS = 1_000;
/** Of the keys and their values. Raise it whenever older data can't be read any more. 1 was written without a format. */
const FORMAT = '3';
/** A clock that is further behind than this was set back. Less may be network latency. */
const TOLERANCE_US = asMicros(1_000_000);
/** Other processes may know positions that are later by this much. */
const MARGIN_US = asMicros(100_000);

type Reply = [id: string, start: string, now: string, format: string];

export class Epoch {
  readonly #script: Script<Reply>;
  readonly #monotonicNow: () => number;
  #current: { id: string; startPosition: Position } | null = null;
  #lastCheck: { now: Position; at: number } | null = null;

  /** `monotonicNow`: milliseconds of a monotonic clock. */
  constructor(redis: Redis, monotonicNow: () => number = () => performance.now()) {
    this.#script = defineScript(redis, 'check-epoch');
    this.#monotonicNow = monotonicNow;
  }

  /** The position at which this epoch began; 0 until it is known. */
  get startPosition(): Position {
    return this.#current?.startPosition ?? FIRST_POSITION;
  }

  /** Checks once a second until the returned function is called. Calls `onLoss` after a new epoch began. */
  watch(onLoss: () => unknown, onError: (error: unknown) => void): () => void {
    const checkOnce = async () => {
      if (await this.check()) await onLoss();
    };
    return runPeriodically(CHECK_MS, checkOnce, onError);
  }

  /** Returns true if Redis lost its data since the last check. */
  async check(): Promise<boolean> {
    const minPosition = this.#lastCheck
      ? asPosition(
          Math.floor(this.#lastCheck.now + toMicros(asMillis(this.#monotonicNow() - this.#lastCheck.at))),
        )
      : FIRST_POSITION;
    const argv = [minPosition, randomUUID(), TOLERANCE_US, MARGIN_US, FORMAT];
    const [id, startPosition, now, format] = await this.#script([], ...argv);
    if (format !== FORMAT) {
      exitWithConfigError(
        `REDIS_URL names a Redis with data of another version of Hubbub (format ${format}, this version has ${FORMAT}). Run that version until nothing waits in it, then empty that Redis, or name another one`,
      );
    }
    this.#lastCheck = { now: asPosition(Number(now)), at: this.#monotonicNow() };
    const previous = this.#current;
    this.#current = { id, startPosition: asPosition(Number(startPosition)) };
    return previous !== null && previous.id !== id;
  }
}
