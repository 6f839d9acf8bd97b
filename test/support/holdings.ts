import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import type { TestHub } from './hub.ts';

/** What the hub holds of a space: on its way in, and stored. */
export interface Holdings {
  pending: number;
  keys: number;
  actions: number;
  trackers: number;
  items: number;
}

export const nothing: Holdings = { pending: 0, keys: 0, actions: 0, trackers: 0, items: 0 };

/** Asks for what is on its way first: an action that moves on meanwhile shows in what is stored. */
export async function holdingsOf({ services }: TestHub, space = 'default'): Promise<Holdings> {
  const redis = new Redis(services.config.redisUrl);
  const pending = await redis.zcard(`{hubbub}:s:${space}:waiting`);
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

/** Actions of the default space that stand and satisfy the filter. */
export const countActions = ({ services }: TestHub, filter: Record<string, unknown>): Promise<number> =>
  withDatabase(services.config.mongodbUri, (connection) =>
    connection.collection('actions').countDocuments({ keys: { $exists: true }, ...filter }),
  );

/** The names of the databases of this hub's spaces. */
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
