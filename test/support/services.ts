import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import type { Config } from '../../infra/config.ts';
import { readConfig } from '../../infra/config.ts';

export const SECRET = 'a secret that only these tests know';

function address(name: 'MONGODB_URI' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by "npm test"`);
  return value;
}

export interface TestServices {
  env: Record<string, string>;
  config: Config;
  /** Drops the database, empties Redis. */
  remove(): Promise<void>;
}

/**
 * A MongoDB database and a Redis database of this test's own. Redis has 16; test files that run at the same time
 * have different pool ids.
 */
export async function ownServices(settings: Record<string, string> = {}): Promise<TestServices> {
  const database = `test-${randomBytes(6).toString('hex')}`;
  const mongodb = address('MONGODB_URI').replace(
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?/,
    `$1/${database}`,
  );
  const redis = new URL(address('REDIS_URL'));
  redis.pathname = `/${(Number(process.env.VITEST_POOL_ID ?? 1) % 15) + 1}`;
  const env = {
    PORT: '0',
    MONGODB_URI: mongodb,
    REDIS_URL: redis.href,
    HUBBUB_JWT_SECRET: SECRET,
    LOG_LEVEL: 'silent',
    ...settings,
  };
  const client = new Redis(redis.href);
  await client.flushdb();
  return {
    env,
    config: readConfig(env),
    async remove() {
      await client.flushdb();
      client.disconnect();
      const connection = await mongoose.createConnection(mongodb).asPromise();
      const { databases } = await connection.listDatabases();
      for (const { name } of databases) {
        if (name === database || name.startsWith(`${database}-`)) await connection.useDb(name).dropDatabase();
      }
      await connection.close();
    },
  };
}
