/** All that a hub has stored, to see that nothing changed. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { RedisDeletedUsers } from '../../../infra/redis/deleted-users.ts';
import type { TestServices } from '../services.ts';
import { until } from '../until.ts';

/** What waits for workers, beside what is kept by space. */
const QUEUES = ['lanes', 'owed', 'asked', 'late', 'backlog'].map((name) => `{hubbub}:${name}`);

/** What there is only while something is on its way. */
const MOVING = /^redis \{hubbub\}:(s:[^:]+:(waiting|lane:\d+)|lanes|owed|asked) /;

/** Whether it is stored in the default space. */
export const isInDefault = (entry: string): boolean =>
  entry.startsWith('mongodb -default.') || entry.startsWith('redis {hubbub}:s:default:');

export class Contents {
  readonly #redis: Redis;
  readonly #connection: mongoose.Connection;

  private constructor(redis: Redis, connection: mongoose.Connection) {
    this.#redis = redis;
    this.#connection = connection;
  }

  static async of({ config }: TestServices): Promise<Contents> {
    const connection = await mongoose.createConnection(config.mongodbUri).asPromise();
    return new Contents(new Redis(config.redisUrl), connection);
  }

  /** One entry for each document and each key in Redis, as text that begins with where it is stored. */
  async read(): Promise<string[]> {
    return [...(await this.#keys()), ...(await this.#documents())].sort();
  }

  /** The same, once nothing is on its way any more. */
  async settled(): Promise<string[]> {
    let before: string[] = [];
    return until(async () => {
      const now = await this.read();
      const isSettled = now.join() === before.join() && !now.some((entry) => MOVING.test(entry));
      before = now;
      return isSettled && now;
    }, 'nothing changes any more');
  }

  /** Resolves when Redis knows who was deleted in the default space: the first token of a user has it look. */
  async knowDeletedUsers(): Promise<void> {
    const index = new RedisDeletedUsers(this.#redis);
    await until(() => index.isComplete('default'), 'the index of deleted users is complete');
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#connection.close();
  }

  async #keys(): Promise<string[]> {
    const keys = [...(await this.#redis.keys('{hubbub}:s:*')), ...QUEUES];
    const entries = await Promise.all(
      keys.map(async (key) => ({ key, value: (await this.#redis.dumpBuffer(key))?.toString('base64') })),
    );
    return entries.flatMap(({ key, value }) => (value === undefined ? [] : `redis ${key} ${value}`));
  }

  async #documents(): Promise<string[]> {
    const { name: own } = this.#connection;
    const { databases } = await this.#connection.listDatabases();
    const entries: string[] = [];
    for (const { name } of databases.filter((each) => each.name.startsWith(own))) {
      const database = this.#connection.getClient().db(name);
      for (const collection of await database.collections()) {
        const place = `mongodb ${name.slice(own.length) || '-default'}.${collection.collectionName}`;
        for await (const document of collection.find()) {
          entries.push(`${place} ${mongoose.mongo.BSON.EJSON.stringify(document)}`);
        }
      }
    }
    return entries;
  }
}
