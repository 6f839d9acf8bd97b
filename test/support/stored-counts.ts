import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import type { TestHub } from './hub.ts';

/** Numbers of what a space holds, pending and stored. */
export interface StoredCounts {
  pending: number;
  keys: number;
  actions: number;
  trackers: number;
  items: number;
}

export const emptyCounts: StoredCounts = { pending: 0, keys: 0, actions: 0, trackers: 0, items: 0 };

/** Counts pending actions first, so that an action that is stored meanwhile is not missed. */
export async function storedCountsOf({ services }: TestHub, space = 'default'): Promise<StoredCounts> {
  const redis = new Redis(services.config.redisUrl);
  const pending = await redis.zcard(`{hubbub}:s:${space}:pending`);
  const keys = (await redis.keys(`{hubbub}:s:${space}:key:*`)).length;
  redis.disconnect();
  return withDatabase(services.config.mongodbUri, async (connection) => {
    const name = connection.name + (space === 'default' ? '' : `-${space}`);
    const database = connection.useDb(name);
    const count = (collection: string) => database.collection(collection).countDocuments();
    return {
      pending,
      keys,
      actions: await count('actions'),
      trackers: await count('trackers'),
      items: await count('items'),
    };
  });
}

/** The number of live actions of the default space that match the filter. */
export const countActions = ({ services }: TestHub, filter: Record<string, unknown>): Promise<number> =>
  withDatabase(services.config.mongodbUri, (connection) =>
    connection.collection('actions').countDocuments({ keys: { $exists: true }, ...filter }),
  );

/** The database names of this hub's spaces. */
export const databasesOf = ({ services }: TestHub): Promise<string[]> =>
  withDatabase(services.config.mongodbUri, async (connection) => {
    const { databases } = await connection.listDatabases();
    return databases.map(({ name }) => name).filter((name) => name.startsWith(connection.name));
  });

async function withDatabase<T>(
  uri: string,
  use: (connection: mongoose.Connection) => Promise<T>,
): Promise<T> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
