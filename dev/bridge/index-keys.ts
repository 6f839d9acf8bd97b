/**
 * The fields of an index, for duplicate key messages: DocumentDB reports only the index name, and in exceptions only
 * its number. Cached until indexes of the database may have changed.
 */
import { deserialize } from 'bson';
import type { Connection } from './database.ts';
import { bson } from './database.ts';

export interface IndexKey {
  name: string;
  pattern: Record<string, unknown>;
}

const ID_KEY: IndexKey = { name: '_id_', pattern: { _id: 1 } };

const BY_NAME = `SELECT (i.index_spec).index_name, (i.index_spec).index_key
  FROM documentdb_api_catalog.collection_indexes i JOIN documentdb_api_catalog.collections c USING (collection_id)
  WHERE c.database_name = $1 AND c.collection_name = $2 AND (i.index_spec).index_name = $3`;

const BY_NUMBER = `SELECT (i.index_spec).index_name, (i.index_spec).index_key
  FROM documentdb_api_catalog.collection_indexes i WHERE i.index_id = $1::int`;

export class IndexKeys {
  private readonly connection: Connection;
  private readonly cache = new Map<string, IndexKey>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  byName(db: string, collection: string, name: string): Promise<IndexKey | undefined> {
    if (name === ID_KEY.name) return Promise.resolve(ID_KEY);
    return this.load(`${db}.${collection}.${name}`, BY_NAME, [db, collection, name]);
  }

  /** By PostgreSQL's constraint name: `documents_rum_index_9`, or the collection's primary key. */
  byConstraint(constraint: string): Promise<IndexKey | undefined> {
    const number = /^documents_rum_index_(\d+)$/.exec(constraint)?.[1];
    if (!number) return Promise.resolve(constraint.startsWith('collection_pk_') ? ID_KEY : undefined);
    return this.load(constraint, BY_NUMBER, [number]);
  }

  /** Call it after indexes were created or dropped. */
  clear(): void {
    this.cache.clear();
  }

  private async load(cacheKey: string, text: string, values: string[]): Promise<IndexKey | undefined> {
    const known = this.cache.get(cacheKey);
    if (known) return known;
    const [name, key] = await this.connection.query(text, values);
    if (typeof name !== 'string') return undefined;
    const found = { name, pattern: deserialize(bson(key)) };
    this.cache.set(cacheKey, found);
    return found;
  }
}
