/** Commands for databases and collections. */
import { deserialize, serialize } from 'bson';
import type { Command } from './command.ts';
import { bson } from './database.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import { firstPage } from './reads.ts';

/** Forwards a whole command to DocumentDB and returns the result unchanged. */
function forward(text: string, args: (command: Command) => (string | Buffer)[]): Handler {
  return async (command, context) => bson((await context.connection.query(text, args(command)))[0]);
}

export const create = forward('SELECT documentdb_api.create_collection_view($1, $2)', ({ db, body }) => [
  db,
  body,
]);
export const collMod = forward('SELECT documentdb_api.coll_mod($1, $2, $3)', ({ db, collection, body }) => [
  db,
  collection,
  body,
]);
export const collStats = forward('SELECT documentdb_api.coll_stats($1, $2)', ({ db, collection }) => [
  db,
  collection,
]);
export const dbStats = forward('SELECT documentdb_api.db_stats($1)', ({ db }) => [db]);
export const listDatabases = forward('SELECT documentdb_api.list_databases($1)', ({ body }) => [body]);
export const validate = forward('SELECT document FROM documentdb_api.validate($1, $2)', ({ db, body }) => [
  db,
  body,
]);

/** DocumentDB divides no ranges. So every key is hashed, which needs the same conditions in commands. */
export const shardCollection: Handler = async ({ body }, context) => {
  const { shardCollection: namespace, key } = deserialize(body);
  const hashed = Object.fromEntries(Object.keys(key).map((field) => [field, 'hashed']));
  const spec = Buffer.from(serialize({ shardCollection: namespace, key: hashed }));
  await context.connection.query('SELECT documentdb_api.shard_collection($1)', [spec]);
  return reply({ collectionsharded: namespace });
};

export const renameCollection: Handler = async (command, context) => {
  context.indexKeys.clear();
  const text = 'SELECT documentdb_api.rename_collection($1)';
  return bson((await context.connection.query(text, [command.body]))[0]);
};

export const listCollections: Handler = (command, context) => firstPage('list_collections', command, context);

export const drop: Handler = async ({ db, collection }, context) => {
  const indexes = await indexCount(db, collection, context);
  context.indexKeys.clear();
  await context.connection.query('SELECT documentdb_api.drop_collection($1, $2)', [db, collection]);
  // As in MongoDB since 7.0, dropping a missing collection is no error.
  return reply(indexes === undefined ? {} : { nIndexesWas: indexes, ns: `${db}.${collection}` });
};

async function indexCount(db: string, collection: string, context: Context): Promise<number | undefined> {
  const text = `SELECT count(*)::int FROM documentdb_api_catalog.collections c
    JOIN documentdb_api_catalog.collection_indexes i USING (collection_id)
    WHERE c.database_name = $1 AND c.collection_name = $2`;
  const [count] = await context.connection.query(text, [db, collection]);
  return Number(count) > 0 ? Number(count) : undefined;
}

export const dropDatabase: Handler = async ({ db }, context) => {
  context.indexKeys.clear();
  await context.connection.query('SELECT documentdb_api.drop_database($1)', [db]);
  return reply({ dropped: db });
};
