/**
 * Where the benchmark works: a database name of its own on the MongoDB server, and a Redis database of its own. What
 * it leaves is dropped at the end; what others keep on the same servers is not touched.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';

const REDIS_DATABASE = 5;

export type MongoClient = InstanceType<typeof mongoose.mongo.MongoClient>;

export interface Place {
  mongo: MongoClient;
  redis: Redis;
  /** The name of the hub's database; those of spaces begin with it. */
  database: string;
  /** What the processes started are given. */
  env: { MONGODB_URI: string; REDIS_URL: string; HUBBUB_JWT_SECRET: string };
  close(): Promise<void>;
}

function setting(name: 'MONGODB_URI' | 'REDIS_URL'): URL {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; \`npm run bench\` brings up what it needs`);
  return new URL(value);
}

export async function openPlace(): Promise<Place> {
  const database = `hubbub-bench-${randomBytes(4).toString('hex')}`;
  const mongoUri = setting('MONGODB_URI');
  mongoUri.pathname = `/${database}`;
  const redisUrl = setting('REDIS_URL');
  redisUrl.pathname = `/${REDIS_DATABASE}`;

  const mongo = await new mongoose.mongo.MongoClient(mongoUri.href).connect();
  const redis = new Redis(redisUrl.href);
  if ((await redis.dbsize()) > 0 && (await redis.get('hubbub-bench')) === null) {
    redis.disconnect();
    await mongo.close();
    throw new Error(
      `Redis database ${REDIS_DATABASE} is in use by something else; the benchmark would empty it`,
    );
  }
  await redis.flushdb();
  await redis.set('hubbub-bench', database);

  return {
    mongo,
    redis,
    database,
    env: {
      MONGODB_URI: mongoUri.href,
      REDIS_URL: redisUrl.href,
      HUBBUB_JWT_SECRET: randomBytes(32).toString('hex'),
    },
    async close() {
      const { databases } = await mongo.db().admin().listDatabases({ nameOnly: true });
      for (const { name } of databases) {
        if (name.startsWith(database)) await mongo.db(name).dropDatabase();
      }
      await mongo.close();
      await redis.flushdb();
      await redis.quit();
    },
  };
}

/** What the servers call themselves. */
export async function versions(place: Place): Promise<{ database: string; redis: string }> {
  const build = await place.mongo.db().admin().buildInfo();
  // MongoDB names the commit it was built from there; what only speaks its protocol names itself.
  const itself = /^[0-9a-f]{40}$/.test(String(build.gitVersion));
  const info = await place.redis.info('server');
  const redis = /^(valkey_version|redis_version):(.+)$/m.exec(info);
  return {
    database: itself ? `MongoDB ${String(build.version)}` : String(build.gitVersion),
    redis: redis?.[2]?.trim() ?? 'unknown',
  };
}
