/**
 * DocumentDB has two kinds of indexes. The older kind cannot return documents in order: each page of a sorted query reads and
 * sorts every match. New indexes are of the ordered kind (documentdb.ts). This rebuilds those of existing data.
 */
import mongoose from 'mongoose';
import pg from 'pg';
import type { Log } from './log.ts';
import { withProgress } from './log.ts';

const UNORDERED = `SELECT c.database_name, c.collection_name, (i.index_spec).index_name
  FROM documentdb_api_catalog.collection_indexes i
  JOIN documentdb_api_catalog.collections c USING (collection_id)
  JOIN pg_class k ON k.relname = 'documents_rum_index_' || i.index_id
  JOIN pg_am m ON m.oid = k.relam
  WHERE m.amname = 'documentdb_rum'
  ORDER BY 1, 2, 3`;

type UnorderedIndex = [database: string, collection: string, name: string];

/** If it is interrupted after a drop, the hub creates that index when it next opens the space. */
export async function rebuildUnorderedIndexes(url: string, socketFolder: string, log: Log): Promise<void> {
  const unordered = await findUnordered(socketFolder);
  if (unordered.length === 0) return;
  const client = await mongoose.mongo.MongoClient.connect(url);
  try {
    for (const [index, [database, collection, name]] of unordered.entries()) {
      const activity = `Rebuilding index ${index + 1} of ${unordered.length} (${database}.${collection} ${name})`;
      await withProgress(log, activity, () => rebuild(client, [database, collection, name]));
    }
  } finally {
    await client.close();
  }
}

async function findUnordered(host: string): Promise<UnorderedIndex[]> {
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query<UnorderedIndex>({ text: UNORDERED, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

async function rebuild(
  client: mongoose.mongo.MongoClient,
  [database, name, index]: UnorderedIndex,
): Promise<void> {
  const collection = client.db(database).collection(name);
  const spec = (await collection.indexes()).find((each) => each.name === index);
  if (!spec) return;
  const { v: _, ...description } = spec;
  await collection.dropIndex(index);
  await collection.createIndexes([description]);
}
