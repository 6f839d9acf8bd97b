/** Reads everything that a hub has stored, so that tests can check that nothing changed. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { RedisDeletedUsers } from '../../../infra/redis/deleted-users.ts';
import { Shards } from '../../../infra/redis/shards.ts';
import type { TestServices } from '../services.ts';
import { until } from '../until.ts';

const shards = new Shards(1);

/** Queue keys that belong to no space. */
const QUEUE_KEYS = [
  'busy-partitions',
  'pending-tasks',
  'task-states',
  'requeued-tasks',
  'snooze-ends',
  'backlog',
].map((name) => `{hubbub}:${name}`);

/** Keys that exist only while work is pending. */
const TRANSIENT_KEYS =
  /^redis \{hubbub\}:(s:[^:]+:(pending|partition:\d+)|busy-partitions|pending-tasks|task-states) /;

/** True if the entry is stored in the default space. */
export const isInDefaultSpace = (entry: string): boolean =>
  entry.startsWith('mongodb -default.') || entry.startsWith('redis {hubbub}:s:default:');

export class StoredContents {
  readonly #redis: Redis;
  readonly #connection: mongoose.Connection;

  private constructor(redis: Redis, connection: mongoose.Connection) {
    this.#redis = redis;
    this.#connection = connection;
  }

  static async of({ config }: TestServices): Promise<StoredContents> {
    const connection = await mongoose.createConnection(config.mongodbUri).asPromise();
    return new StoredContents(new Redis(config.redisUrl), connection);
  }

  /** One entry per MongoDB document and Redis key, as text that starts with its location. */
  async read(): Promise<string[]> {
    return [...(await this.#keys()), ...(await this.#documents())].sort();
  }

  /** The same, when no work is pending any more. */
  async whenIdle(): Promise<string[]> {
    let before: string[] = [];
    return until(async () => {
      const now = await this.read();
      const isIdle = now.join() === before.join() && !now.some((entry) => TRANSIENT_KEYS.test(entry));
      before = now;
      return isIdle && now;
    }, 'nothing changes any more');
  }

  /** Resolves when the index of deleted users of the default space is complete. The first user token starts it. */
  async knowDeletedUsers(): Promise<void> {
    const index = new RedisDeletedUsers(this.#redis, shards);
    await until(() => index.isComplete('default'), 'the index of deleted users is complete');
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#connection.close();
  }

  async #keys(): Promise<string[]> {
    const keys = [...(await this.#redis.keys('{hubbub}:s:*')), ...QUEUE_KEYS];
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
        const prefix = `mongodb ${name.slice(own.length) || '-default'}.${collection.collectionName}`;
        for await (const document of collection.find()) {
          entries.push(`${prefix} ${mongoose.mongo.BSON.EJSON.stringify(document)}`);
        }
      }
    }
    return entries;
  }
}
