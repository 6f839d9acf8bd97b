import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failure, useDatabase } from './database.ts';

describe('a transaction', () => {
  const database = useDatabase();
  const accounts = () => database.connection.collection<{ _id: string; balance: number }>('accounts');
  let supported = false;

  beforeAll(async () => {
    // A standalone mongod has no transactions.
    const hello = await database.connection.db?.command({ hello: 1 });
    supported = hello?.msg === 'isdbgrid' || hello?.setName !== undefined;
  });

  beforeEach(async ({ skip }) => {
    if (!supported) skip('needs transactions');
    await accounts().insertMany([
      { _id: 'a', balance: 10 },
      { _id: 'b', balance: 0 },
    ]);
  });

  afterEach(async () => {
    await accounts().deleteMany({});
  });

  const balance = async (_id: string) => (await accounts().findOne({ _id }))?.balance;

  it('commits atomically', async () => {
    await database.connection.transaction(async (session) => {
      await accounts().updateOne({ _id: 'a' }, { $inc: { balance: -4 } }, { session });
      await accounts().updateOne({ _id: 'b' }, { $inc: { balance: 4 } }, { session });
      expect((await accounts().findOne({ _id: 'b' }, { session }))?.balance).toBe(4);
      expect(await balance('b')).toBe(0);
    });
    expect([await balance('a'), await balance('b')]).toEqual([6, 4]);
  });

  it('is rolled back when it is aborted', async () => {
    const error = await failure(
      database.connection.transaction(async (session) => {
        await accounts().insertOne({ _id: 'c', balance: 1 }, { session });
        await accounts().deleteOne({ _id: 'a' }, { session });
        throw new Error('changed my mind');
      }),
    );
    expect(error.message).toBe('changed my mind');
    expect(
      await accounts()
        .find()
        .sort({ _id: 1 })
        .map(({ _id }) => _id)
        .toArray(),
    ).toEqual(['a', 'b']);
  });

  it('is isolated from the transaction of another session', async () => {
    const [one, two] = await Promise.all([
      database.connection.startSession(),
      database.connection.startSession(),
    ]);
    one.startTransaction();
    two.startTransaction();
    await accounts().updateOne({ _id: 'a' }, { $set: { balance: 1 } }, { session: one });
    await accounts().updateOne({ _id: 'b' }, { $set: { balance: 2 } }, { session: two });
    expect((await accounts().findOne({ _id: 'b' }, { session: one }))?.balance).toBe(0);
    await one.commitTransaction();
    await two.abortTransaction();
    expect([await balance('a'), await balance('b')]).toEqual([1, 0]);
    await Promise.all([one.endSession(), two.endSession()]);
  });

  it('is repeated after a conflict until it is committed', async () => {
    const add = () =>
      database.connection.transaction(async (session) => {
        const { balance: read } = (await accounts().findOne({ _id: 'a' }, { session })) ?? { balance: 0 };
        await accounts().updateOne({ _id: 'a' }, { $set: { balance: read + 1 } }, { session });
      });
    await Promise.all([add(), add(), add(), add()]);
    expect(await balance('a')).toBe(14);
  });

  it('ends at a duplicate key', async () => {
    const error = await failure(
      database.connection.transaction(async (session) => {
        await accounts().insertOne({ _id: 'd', balance: 1 }, { session });
        await accounts().insertOne({ _id: 'a', balance: 1 }, { session });
      }),
    );
    expect(error).toMatchObject({ code: 11000 });
    expect(await balance('d')).toBeUndefined();
  });

  it('reads by a cursor what it wrote', async () => {
    const many = database.connection.collection<{ _id: number }>('many');
    await database.connection.transaction(async (session) => {
      await many.insertMany(
        Array.from({ length: 500 }, (_, _id) => ({ _id })),
        { session },
      );
      const found = await many.find({}, { session }).sort({ _id: -1 }).batchSize(50).toArray();
      expect(found).toHaveLength(500);
    });
    expect(await many.countDocuments()).toBe(500);
  });
});
