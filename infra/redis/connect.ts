import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';
import { endBySetting } from '../process.ts';

/** How long a command of a request may wait for a lost connection before the request is refused. */
const PATIENCE = { commandTimeout: 5_000, maxRetriesPerRequest: 2 };

/** Half a second at most: whoever waits goes on soon after Redis is back. */
const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 6), 500);

/** For requests: gives up on a command after some seconds, never on the connection. */
export function connectRedis(url: string, log: Logger, options: RedisOptions = PATIENCE): Redis {
  const redis = new Redis(url, { retryStrategy, ...options });
  let told = false;
  redis.on('error', (error: Error) => {
    // The client would go on with database 0, which may be another hub's.
    if (error.message.includes('DB index is out of range')) {
      endBySetting(`REDIS_URL names database ${redis.options.db}, which this Redis does not have`);
    }
    if (!told) log.warn({ err: error }, 'Redis cannot be reached; trying on');
    told = true;
  });
  redis.on('ready', () => {
    if (told) log.info('Redis is back');
    told = false;
  });
  return redis;
}

/** For BullMQ and subscriptions: commands wait as long as it takes. */
export const connectPatiently = (url: string, log: Logger, options: RedisOptions = {}): Redis =>
  connectRedis(url, log, { maxRetriesPerRequest: null, ...options });
