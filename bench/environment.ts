/**
 * The environment of the benchmark: a separate MongoDB database and a separate Redis database. Both are dropped at the end.
 * Other data on the same servers is not touched.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';

const REDIS_DATABASE = 5;

export type MongoClient = InstanceType<typeof mongoose.mongo.MongoClient>;

export interface BenchEnvironment {
  mongo: MongoClient;
  redis: Redis;
  /** The name of the hub's database, which is the prefix of the spaces' databases. */
  database: string;
  /** Environment variables of the started processes. */
  env: { MONGODB_URI: string; REDIS_URL: string; HUBBUB_JWT_SECRET: string };
  close(): Promise<void>;
}

function readUrl(name: 'MONGODB_URI' | 'REDIS_URL'): URL {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; \`npm run bench\` starts the services`);
  return new URL(value);
}

export async function openEnvironment(): Promise<BenchEnvironment> {
  const database = `hubbub-bench-${randomBytes(4).toString('hex')}`;
  const mongoUri = readUrl('MONGODB_URI');
  mongoUri.pathname = `/${database}`;
  const redisUrl = readUrl('REDIS_URL');
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

/** Names and versions of the servers. */
export async function versions(environment: BenchEnvironment): Promise<{ database: string; redis: string }> {
  const build = await environment.mongo.db().admin().buildInfo();
  // For MongoDB this is a commit hash. Other servers with its protocol put their name here.
  const isMongoDb = /^[0-9a-f]{40}$/.test(String(build.gitVersion));
  const info = await environment.redis.info('server');
  const redis = /^(valkey_version|redis_version):(.+)$/m.exec(info);
  return {
    database: isMongoDb ? `MongoDB ${String(build.version)}` : String(build.gitVersion),
    redis: redis?.[2]?.trim() ?? 'unknown',
  };
}
