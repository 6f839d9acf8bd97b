/**
 * Notices that Redis lost its memory (FLUSHALL, a failover to an empty replica, a restart without its append-only file), and
 * keeps positions rising when its clock is set back.
 *
 *     epoch   id: of this memory · began: the position at which it began · skew: µs that positions are ahead of Redis's clock
 *
 * Every process looks once a second. Where the epoch is missing the first one begins another, above every position that
 * the process knows of: the time Redis showed last, plus what its own steady clock counted since. Positions of an earlier
 * epoch promise nothing any more, for what was in flight is forgotten: their holders have to reload.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { repeated } from '../repeated.ts';
import { epochKey } from './keys.ts';
import { microsLua } from './micros.ts';

export const LOOK_MS = 1_000;
/** A clock that is further behind than this was set back; less may be the way of the answer. */
const TOLERANCE_US = 1_000_000;
/** Other processes may know of positions that are later by so much. */
const MARGIN_US = 100_000;

/**
 * KEYS: 1 the epoch. ARGV: 1 a position that those to come must be above, 2 the id of an epoch that begins now,
 * 3 the tolerance, 4 the margin. Returns the id, where it began, and now. Begins with a removal, so that it works at Redis's
 * memory limit.
 */
const lookScript = `
redis.call('HDEL', KEYS[1], '')
${microsLua}
local floor, id = tonumber(ARGV[1]), redis.call('HGET', KEYS[1], 'id')
if not id then floor = floor + ARGV[4] end
if floor > now + (id and tonumber(ARGV[3]) or 0) then
  redis.call('HINCRBYFLOAT', KEYS[1], 'skew', text(floor - now))
  now = floor
end
if not id then
  id = ARGV[2]
  redis.call('HSET', KEYS[1], 'id', id, 'began', text(now))
end
return { id, redis.call('HGET', KEYS[1], 'began'), text(now) }
`;

interface Scripts {
  hubbubLook(
    epoch: string,
    floor: number,
    id: string,
    tolerance: number,
    margin: number,
  ): Promise<[id: string, began: string, now: string]>;
}

export class Epoch {
  readonly #redis: Redis & Scripts;
  readonly #steady: () => number;
  #known: { id: string; began: number } | null = null;
  #last: { now: number; at: number } | null = null;

  /** `steady`: milliseconds that only rise. */
  constructor(redis: Redis, steady: () => number = () => performance.now()) {
    redis.defineCommand('hubbubLook', { numberOfKeys: 1, lua: lookScript });
    this.#redis = redis as Redis & Scripts;
    this.#steady = steady;
  }

  /** The position at which this epoch began; 0 until it is known. */
  get began(): number {
    return this.#known?.began ?? 0;
  }

  /** Looks once a second until the returned function is called. `onLoss` is called after another epoch began. */
  watch(onLoss: () => unknown, onError: (error: unknown) => void): () => void {
    return repeated(
      LOOK_MS,
      async () => {
        if (await this.look()) await onLoss();
      },
      onError,
    );
  }

  /** True where Redis lost its memory since the last time. */
  async look(): Promise<boolean> {
    const floor = this.#last ? Math.floor(this.#last.now + (this.#steady() - this.#last.at) * 1_000) : 0;
    const answer = await this.#redis.hubbubLook(epochKey, floor, randomUUID(), TOLERANCE_US, MARGIN_US);
    const [id, began, now] = answer;
    this.#last = { now: Number(now), at: this.#steady() };
    const before = this.#known;
    this.#known = { id, began: Number(began) };
    return before !== null && before.id !== id;
  }
}
