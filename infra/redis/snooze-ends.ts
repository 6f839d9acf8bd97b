/**
 * When the next snoozed item of each space is due, in Redis (decision 55).
 *
 *     snooze-ends     space → the time. Calls only ever set an earlier one.
 *     snooze-claims   space → when another worker may take it
 *
 * A worker claims a due space, which takes its time away. It returns the due items to the inbox, records the next time from the
 * database, and releases the claim. A call may add a time meanwhile. If the worker dies, its claim expires.
 */
import { asMillis, type Millis } from '../../core/model/units.ts';
import type { SnoozeEnds } from '../../core/ports/snooze-ends.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';
import type { Shards } from './shards.ts';

/** A claim holds this long. With the interval of the workers it is below the five seconds that an item may be late. */
const CLAIM_MS = asMillis(2_000);
/** Spaces of a shard that one worker claims at a time. */
const MAX_CLAIMED = 100;

export class RedisSnoozeEnds implements SnoozeEnds {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #claim: Script<string[]>;

  constructor(redis: RedisClient, shards: Shards) {
    this.#redis = redis;
    this.#shards = shards;
    this.#claim = defineScript(redis, 'claim-snooze-ends');
  }

  async add(space: string, until: Millis): Promise<void> {
    await this.#redis.zadd(this.#shards.of(space).snoozeEndsKey, 'LT', until, space);
  }

  /** Claims spaces with items that are due at this time. The caller must release them. */
  async claim(shard: Shard, now: Millis): Promise<string[]> {
    return await this.#claim(shard, [shard.snoozeEndsKey, shard.snoozeClaimsKey], now, CLAIM_MS, MAX_CLAIMED);
  }

  async release(space: string): Promise<void> {
    await this.#redis.zrem(this.#shards.of(space).snoozeClaimsKey, space);
  }
}
