/**
 * Rates that all gateways share, counted in Redis. A **bucket** holds `capacity` points and refills at a constant rate. The
 * library hides connection errors from callers. Its script is replaced: with fixed windows, a client that used its burst would
 * have to wait for the end of the window.
 */
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';
import type { RedisClient } from './connect.ts';
import { loadScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Redis responds in less than a millisecond. After this timeout the gateway counts locally. */
const TIMEOUT_MS = 250;
const BURST_SECONDS = 10;
/** Points of the most expensive call, which a small bucket may owe. */
const MAX_DEBT = 1_000;

export interface Bucket {
  capacity: number;
  /** Seconds in which an empty bucket fills. */
  seconds: number;
}

/** Ten seconds' worth, and at least one point. */
export function burstOf(perSecond: number): Bucket {
  const capacity = Math.max(1, Math.round(perSecond * BURST_SECONDS));
  return { capacity, seconds: Math.max(1, Math.round(capacity / perSecond)) };
}

export type TakeResult =
  /** `left`: points that remain. */
  | { isTaken: true; left: number; fullInMs: number }
  /** No points were taken. The same request succeeds after this time if no one else takes points. */
  | { isTaken: false; retryAfterMs: number };

export interface SharedRate {
  readonly bucket: Bucket;
  /**
   * Takes an integer number of points, all or none. A request for more points than the capacity succeeds when the bucket is
   * full, and leaves a debt that refills first. While Redis is unavailable each gateway counts locally, in fixed windows.
   */
  take(key: string, points: number): Promise<TakeResult>;
}

/** All rates of a connection use one script: the library registers it with the connection under a fixed name. */
export function sharedRate(redis: RedisClient, shards: Shards, name: string, bucket: Bucket): SharedRate {
  // Each bucket is one key, so those of a space need not be in its shard.
  const keyOf = (key: string) => shards.of(key).rateKey(`${name}:${key}`);
  const options = { points: bucket.capacity, duration: bucket.seconds, keyPrefix: '' };
  const limiter = new RLWrapperTimeouts({
    limiter: new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: loadScript('take-points', { MAX_DEBT }),
    }),
    timeoutMs: TIMEOUT_MS,
    insuranceLimiter: new RateLimiterMemory(options),
  });
  return {
    bucket,
    async take(key, points) {
      try {
        const { remainingPoints, msBeforeNext } = await limiter.consume(keyOf(key), points);
        return { isTaken: true, left: remainingPoints, fullInMs: msBeforeNext };
      } catch (refused) {
        if (refused instanceof RateLimiterRes)
          return { isTaken: false, retryAfterMs: Math.max(1, refused.msBeforeNext) };
        throw refused;
      }
    },
  };
}
