/** Shards the collections of a space (decision 53). Every step is idempotent, so it can run again after any failure. */
import type { Connection } from 'mongoose';
import { createIndexes, createModels } from './models.ts';
import { type ShardKey, shardKeys } from './shard-keys.ts';

/** A command for the database `admin`. */
export interface ShardCommand {
  /** Database and collection. */
  shardCollection: string;
  key: ShardKey;
}

/** Returns true if the server is the router of a sharded cluster (`mongos`). */
export async function isRouter(connection: Connection): Promise<boolean> {
  const hello = await connection.getClient().db('admin').command({ hello: 1 });
  return hello.msg === 'isdbgrid';
}

/** Returns the commands that shard the collections of this database. */
export function shardCommands(database: Connection): ShardCommand[] {
  const keys = new Map(Object.entries(shardKeys));
  return Object.entries(createModels(database)).flatMap(([name, { collection }]) => {
    const key = keys.get(name);
    return key ? [{ shardCollection: `${database.name}.${collection.name}`, key }] : [];
  });
}

/**
 * Creates the indexes of the collections and of their shard keys, and shards the collections. The hub may run meanwhile. The
 * balancer moves documents afterwards.
 * @throws MongoServerError if a collection is sharded by another key, or the user lacks a privilege
 */
export async function shardDatabase(
  database: Connection,
  report: (command: ShardCommand) => void,
): Promise<void> {
  const models = createModels(database);
  await createIndexes(models);
  const keys = new Map(Object.entries(shardKeys));
  for (const [name, { collection, schema }] of Object.entries(models)) {
    const key = keys.get(name);
    // A collection with documents needs the index first.
    if (key && !hasIndexFor(key, schema.indexes())) await collection.createIndex(key);
  }
  for (const command of shardCommands(database)) {
    await database.getClient().db('admin').command(command);
    report(command);
  }
}

/** Returns true if a complete index, the one on `_id` or one of these, begins with the shard key. */
function hasIndexFor(key: ShardKey, indexes: ReadonlyArray<[Record<string, unknown>, object]>): boolean {
  const complete = indexes.flatMap(([index, options]) =>
    'partialFilterExpression' in options ? [] : [Object.entries(index)],
  );
  return [[['_id', 1]], ...complete].some((index) =>
    Object.entries(key).every(([field, order], at) => index[at]?.[0] === field && index[at]?.[1] === order),
  );
}
