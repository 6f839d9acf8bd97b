/** Redis keys are internal and change from version to version: a hub does not start on data that it can't read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { isolatedServices } from '../support/services.ts';

test.each(['server/main.ts', 'workers/main.ts'])(
  '%s exits with one line if Redis holds data of another version',
  async (main) => {
    const services = await isolatedServices();
    const redis = new Redis(services.config.redisUrl);
    try {
      await redis.hset(FIRST_SHARD.epochKey, { id: 'of an older hub', began: '1' });
      const child = spawn(process.execPath, ['--import', 'tsx', main], {
        env: { ...process.env, ...services.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^REDIS_URL names a Redis with data of another version of Hubbub \(format 1, .*\n$/,
      );
      expect(await redis.hgetall(FIRST_SHARD.epochKey)).toEqual({ id: 'of an older hub', began: '1' });
    } finally {
      redis.disconnect();
      await services.remove();
    }
  },
);
