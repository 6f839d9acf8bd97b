import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';
import { exitWithConfigError } from '../process.ts';

/** Limits on a request's command while the connection is lost. Then the request fails. */
const REQUEST_OPTIONS = { commandTimeout: 5_000, maxRetriesPerRequest: 2 };

/** At most half a second, so that waiting commands resume soon after Redis is available again. */
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 500);

/** For requests: a command fails after some seconds, but reconnecting never stops. */
export function connectRedis(url: string, log: Logger, options: RedisOptions = REQUEST_OPTIONS): Redis {
  const redis = new Redis(url, { retryStrategy, ...options });
  let isReported = false;
  redis.on('error', (error: Error) => {
    // The client would continue on database 0, which may belong to another hub.
    if (error.message.includes('DB index is out of range')) {
      exitWithConfigError(
        `REDIS_URL names database ${redis.options.db}, but this Redis has no such database`,
      );
    }
    if (!isReported) log.warn({ err: error }, 'Redis unavailable; retrying');
    isReported = true;
  });
  redis.on('ready', () => {
    if (isReported) log.info('Redis available again');
    isReported = false;
  });
  return redis;
}

/** For commands that block. They fail when the connection is lost: one that is sent again later has nobody waiting for it. */
export const connectForBlocking = (url: string, log: Logger): Redis =>
  connectRedis(url, log, { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false });

/** For BullMQ and subscriptions: commands wait until Redis is available. */
export const connectWithRetry = (url: string, log: Logger, options: RedisOptions = {}): Redis =>
  connectRedis(url, log, { maxRetriesPerRequest: null, ...options });
