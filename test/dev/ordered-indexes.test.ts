/** DocumentDB returns sorted pages from an index, also of data that was stored with another kind of index. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { until } from './database.ts';
import { type Launched, launch, temporaryFolder } from './launcher.ts';

const DATABASE = 'ordered';

async function mongodbUrl(up: Launched): Promise<string> {
  await up.said(/export MONGODB_URI=\S+\n/);
  return /export MONGODB_URI=(\S+)/.exec(up.output())?.[1] ?? '';
}

/** The folder of PostgreSQL's socket; nothing if the server is a real MongoDB. */
const socketFolderOf = (up: Launched): string | undefined => {
  const name = readdirSync(tmpdir()).find((each) => each.startsWith(`hubbub-pg-${up.process.pid}-`));
  return name && join(tmpdir(), name);
};

/** Runs statements in DocumentDB, outside of the bridge. */
async function inPostgres<T>(host: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The kinds of all indexes in DocumentDB, except those on `_id`. */
const indexKinds = (host: string): Promise<string[]> =>
  inPostgres(host, async (client) => {
    const { rows } = await client.query(
      `SELECT DISTINCT amname FROM pg_class JOIN pg_am ON pg_am.oid = relam WHERE relname LIKE 'documents_rum_index_%'`,
    );
    return rows.map(({ amname }) => amname);
  });

const connect = async (up: Launched): Promise<Connection> =>
  mongoose.createConnection(await mongodbUrl(up), { dbName: DATABASE }).asPromise();

async function firstPage(connection: Connection): Promise<{ numbers: number[]; plan: string }> {
  const query = () => connection.collection('items').find({ user: 'ada' }).sort({ at: -1 }).limit(3);
  const numbers = (await query().toArray()).map(({ at }) => at);
  return { numbers, plan: JSON.stringify(await query().explain()) };
}

async function insertItems(connection: Connection): Promise<void> {
  await connection
    .collection('items')
    .insertMany(
      Array.from({ length: 2_000 }, (_, at) => ({ user: at % 2 ? 'ada' : 'bob', at, removed: at < 3 })),
    );
}
const keys = [
  { key: { user: 1, at: -1 }, name: 'page' },
  { key: { at: 1 }, name: 'unique', unique: true },
  { key: { removed: 1 }, name: 'partial', partialFilterExpression: { removed: true } },
] as const;

describe('a page of a sorted query', () => {
  it('comes from an ordered index, without sorting', async (context) => {
    const up = launch('up.ts', [], { HUBBUB_DATA: temporaryFolder() });
    const connection = await connect(up);
    const host = socketFolderOf(up);
    if (host === undefined) return context.skip('the server is a real MongoDB');
    await insertItems(connection);
    await connection.collection('items').createIndexes([...keys]);
    expect(await indexKinds(host)).toEqual(['documentdb_extended_rum']);
    const { numbers, plan } = await firstPage(connection);
    expect(numbers).toEqual([1_999, 1_997, 1_995]);
    expect(plan).toContain('page');
    expect(plan).not.toMatch(/"SORT"|Sort Key/);
    await connection.close();
  });

  it('comes from an ordered index after data with unordered indexes was opened', async (context) => {
    const data = temporaryFolder();
    const first = launch('up.ts', [], { HUBBUB_DATA: data });
    const old = await connect(first);
    const host = socketFolderOf(first);
    if (host === undefined) return context.skip('the server is a real MongoDB');
    await insertItems(old);
    await inPostgres(host, async (client) => {
      await client.query(`SET documentdb.alternate_index_handler_name = ''`);
      const { BSON } = mongoose.mongo;
      const command = BSON.serialize({ createIndexes: 'items', indexes: keys });
      const create = 'SELECT documentdb_api.create_indexes_background($1, $2)';
      await client.query(create, [DATABASE, Buffer.from(command)]);
      // One index each, if they were not built yet.
      for (const _ of keys)
        await client.query('CALL documentdb_api_internal.build_index_concurrently(7)').catch(() => undefined);
    });
    expect(await indexKinds(host)).toEqual(['documentdb_rum']);
    const names = async (connection: Connection) =>
      (await connection.collection('items').indexes()).map(({ v: _, ...index }) => index);
    const before = await names(old);
    await old.close();
    first.process.kill('SIGINT');
    await first.exited;

    const second = launch('up.ts', [], { HUBBUB_DATA: data });
    const reopened = await connect(second);
    expect(second.output()).toMatch(/Rebuilding index 1 of 3/);
    await until(async () => (await indexKinds(socketFolderOf(second) ?? '')).length === 1, 5_000, 'one kind');
    expect(await indexKinds(socketFolderOf(second) ?? '')).toEqual(['documentdb_extended_rum']);
    expect(await names(reopened)).toEqual(expect.arrayContaining(before));
    const { numbers, plan } = await firstPage(reopened);
    expect(numbers).toEqual([1_999, 1_997, 1_995]);
    expect(plan).not.toMatch(/"SORT"|Sort Key/);
    await expect(reopened.collection('items').insertOne({ user: 'cy', at: 5 })).rejects.toMatchObject({
      code: 11_000,
    });
    await reopened.close();
  });
});
