/**
 * Rates that all gateways share, counted in Redis. A **bucket** holds `capacity` points and refills at a constant rate. The
 * library hides connection errors from callers. Its script is replaced: with fixed windows, a client that used its burst would
 * have to wait for the end of the window.
 */
import type { Redis } from 'ioredis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible';
import { PREFIX } from './keys.ts';

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

/**
 * KEYS: 1 the bucket: when it is full again, in milliseconds since 1970; it expires then.
 * ARGV: 1 points, 3 capacity, 4 seconds in which an empty bucket fills.
 * Returns what the library expects: points in use (above the capacity: refused), and milliseconds until the bucket is full or, if
 * refused, until enough points are available.
 */
const takeScript = `
local cost, capacity = tonumber(ARGV[1]), tonumber(ARGV[3])
local perMs = capacity / tonumber(ARGV[4]) / 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
-- Limits the debt: otherwise, after the clock was set back, calls would be refused for as long as it had been ahead.
local latest = now + math.max(2 * capacity, ${MAX_DEBT}) / perMs
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now), latest)
local used = (full - now) * perMs
-- Tolerates rounding errors of up to a thousandth of a point.
local excess = used + math.min(cost, capacity) - capacity
if excess > 0.001 then return { capacity + 1, math.ceil(excess / perMs) } end
full = full + cost / perMs
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now) + 1)
return { math.min(math.ceil(used + cost), capacity), math.ceil(full - now) }
`;

/** All rates of a connection use one script: the library registers it with the connection under a fixed name. */
export function sharedRate(redis: Redis, name: string, bucket: Bucket): SharedRate {
  const options = { points: bucket.capacity, duration: bucket.seconds, keyPrefix: `${PREFIX}:rate:${name}` };
  const limiter = new RLWrapperTimeouts({
    limiter: new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: takeScript,
    }),
    timeoutMs: TIMEOUT_MS,
    insuranceLimiter: new RateLimiterMemory(options),
  });
  return {
    bucket,
    async take(key, points) {
      try {
        const { remainingPoints, msBeforeNext } = await limiter.consume(key, points);
        return { isTaken: true, left: remainingPoints, fullInMs: msBeforeNext };
      } catch (refused) {
        if (refused instanceof RateLimiterRes)
          return { isTaken: false, retryAfterMs: Math.max(1, refused.msBeforeNext) };
        throw refused;
      }
    },
  };
}
