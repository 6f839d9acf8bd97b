import { connect } from 'node:net';
import type { Document } from 'bson';
import { describe, expect, it } from 'vitest';
import { failure, mongodbUri, until, useDatabase } from './database.ts';

describe('the database server', () => {
  const database = useDatabase();
  const db = () => {
    const { db: current } = database.connection;
    if (!current) throw new Error('not connected');
    return current;
  };
  const command = (document: Document) => db().command(document);

  it('refuses unknown commands', async () => {
    expect(await failure(command({ makeCoffee: 1 }))).toMatchObject({
      code: 59,
      codeName: 'CommandNotFound',
    });
  });

  it('refuses unknown operators', async () => {
    expect(await failure(db().collection('a').find({ $nonsense: 1 }).toArray())).toMatchObject({
      code: 2,
      codeName: 'BadValue',
    });
    expect(
      await failure(
        db()
          .collection('a')
          .updateOne({}, { $nonsense: { a: 1 } }),
      ),
    ).toMatchObject({ code: 9 });
  });

  it('reports its version and limits', async () => {
    expect(await command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect((await command({ buildInfo: 1 })).version).toMatch(/^\d+\.\d+/);
    expect(await command({ hello: 1 })).toMatchObject({ isWritablePrimary: true });
    expect(await command({ connectionStatus: 1 })).toHaveProperty('authInfo');
    expect(await db().admin().command({ serverStatus: 1 })).toHaveProperty('connections');
  });

  it('creates, lists, renames and drops collections', async () => {
    await db().createCollection('one');
    await db().collection('two').insertOne({ a: 1 });
    const names = async () =>
      (await db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
    expect(await names()).toEqual(['one', 'two']);
    await db().renameCollection('two', 'three');
    expect(await db().collection('three').countDocuments()).toBe(1);
    expect(await db().dropCollection('one')).toBe(true);
    expect(await names()).toEqual(['three']);
    await db().dropCollection('three');
  });

  it('creates, lists, changes and drops indexes', async () => {
    const things = db().collection('things');
    await things.createIndexes([
      { key: { a: 1, b: -1 } },
      { key: { at: 1 }, expireAfterSeconds: 3_600 },
      { key: { c: 1 }, sparse: true },
      { key: { d: 1 }, partialFilterExpression: { e: true } },
    ]);
    const names = async () => (await things.indexes()).map(({ name }) => name);
    expect(await names()).toEqual(['_id_', 'a_1_b_-1', 'at_1', 'c_1', 'd_1']);
    await command({ collMod: 'things', index: { name: 'at_1', expireAfterSeconds: 60 } });
    expect((await things.indexes()).find(({ name }) => name === 'at_1')).toMatchObject({
      expireAfterSeconds: 60,
    });
    // Creating the same index again works; another one with that name fails.
    await things.createIndex({ a: 1, b: -1 });
    expect(await failure(things.createIndex({ a: 1 }, { name: 'a_1_b_-1' }))).toMatchObject({ code: 86 });
    await things.dropIndex('c_1');
    expect(await failure(things.dropIndex('c_1'))).toMatchObject({ code: 27 });
    await things.dropIndexes();
    expect(await names()).toEqual(['_id_']);
  });

  it('reports a missing collection', async () => {
    expect(await failure(db().collection('nothing').indexes())).toMatchObject({ code: 26 });
    expect(await db().collection('nothing').findOne()).toBeNull();
  });

  it('explains which index a query uses', async () => {
    const things = db().collection('explained');
    await things.insertMany(Array.from({ length: 100 }, (_, n) => ({ n })));
    await things.createIndex({ n: 1 });
    expect(JSON.stringify(await things.find({ n: 5 }).explain())).toContain('n_1');
  });

  it('creates a collection once after many concurrent first writes', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => db().collection('fresh').insertOne({ n })));
    expect(await db().collection('fresh').countDocuments()).toBe(20);
  });

  it('drops a database, and only that', async () => {
    const other = database.connection.useDb(`${db().databaseName}-other`);
    await other.collection('a').insertOne({ a: 1 });
    await db().collection('kept').insertOne({ a: 1 });
    await other.dropDatabase();
    expect(await other.collection('a').countDocuments()).toBe(0);
    expect(await db().collection('kept').countDocuments()).toBe(1);
  });

  it('closes connections with another protocol, and keeps the others', async () => {
    const { hostname, port } = new URL(mongodbUri());
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => socket.closed, 5_000, 'hung up');
    expect(await command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
