import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/config.ts';
import type { HubDefinition } from '../../config/definition.ts';
import { readSettings } from '../../config/settings.ts';
import { until } from './until.ts';

export const SECRET = 'a secret that only these tests know';

function address(name: 'MONGODB_URI' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by "npm test"`);
  return value;
}

export interface TestServices {
  env: Record<string, string>;
  config: Config;
  /** Drops the database and flushes Redis. */
  remove(): Promise<void>;
}

/** Redis has 16 databases. Number 0 records which of the others are in use. */
const DATABASES = Array.from({ length: 15 }, (_, index) => index + 1);
/** Longer than any test file runs, so that the database of a killed run becomes free again. */
const CLAIM_TTL_S = 900;

interface RedisDatabase {
  url: string;
  release(): Promise<void>;
}

/** Claims a Redis database until it is released. */
async function claimRedisDatabase(): Promise<RedisDatabase> {
  const url = new URL(address('REDIS_URL'));
  url.pathname = '/0';
  const registry = new Redis(url.href);
  const claim = async (number: number) =>
    (await registry.set(`test-database:${number}`, process.pid, 'EX', CLAIM_TTL_S, 'NX')) === 'OK'
      ? number
      : null;
  const number = await until(async () => {
    for (const each of DATABASES) if (await claim(each)) return each;
    return null;
  }, 'a free Redis database');
  url.pathname = `/${number}`;
  const client = new Redis(url.href);
  await client.flushdb();
  return {
    url: url.href,
    async release() {
      await client.flushdb();
      await registry.del(`test-database:${number}`);
      client.disconnect();
      registry.disconnect();
    },
  };
}

/**
 * A MongoDB database and a Redis database for this test only. `settings` are environment variables. `hub` is the
 * configuration module's export.
 */
export async function isolatedServices(
  settings: Record<string, string> = {},
  hub: HubDefinition = {},
): Promise<TestServices> {
  const database = `test-${randomBytes(6).toString('hex')}`;
  const mongodb = address('MONGODB_URI').replace(
    /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?/,
    `$1/${database}`,
  );
  const redis = await claimRedisDatabase();
  const env = {
    PORT: '0',
    MONGODB_URI: mongodb,
    REDIS_URL: redis.url,
    HUBBUB_JWT_SECRET: SECRET,
    LOG_LEVEL: 'silent',
    // All tests of a file share one address, and some send many invalid tokens.
    HUBBUB_RATE_LIMIT_FAILURES: '10000',
    ...settings,
  };
  return {
    env,
    config: readConfig(env, readSettings(hub)),
    async remove() {
      await redis.release();
      const connection = await mongoose.createConnection(mongodb).asPromise();
      const { databases } = await connection.listDatabases();
      for (const { name } of databases) {
        if (name === database || name.startsWith(`${database}-`)) await connection.useDb(name).dropDatabase();
      }
      await connection.close();
    },
  };
}
