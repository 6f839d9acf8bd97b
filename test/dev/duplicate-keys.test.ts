import { type Model, Schema } from 'mongoose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failure, useDatabase } from './database.ts';

interface Account {
  name: string;
  slot?: number;
  open?: boolean;
}

/** Every operation that meets an existing unique key fails with 11000. */
describe('a duplicate key', () => {
  const database = useDatabase();
  let Accounts: Model<Account>;

  beforeAll(async () => {
    const schema = new Schema<Account>({ name: String, slot: Number, open: Boolean }, { versionKey: false });
    schema.index({ name: 1 }, { unique: true });
    schema.index({ slot: 1 }, { unique: true, partialFilterExpression: { open: true } });
    Accounts = database.connection.model<Account>('Account', schema);
    await Accounts.init();
  });

  beforeEach(async () => {
    await Accounts.deleteMany({});
    await Accounts.create({ name: 'ada', slot: 1, open: true });
  });

  const duplicate = { code: 11000, message: expect.stringContaining('E11000 duplicate key error') };

  it('is refused by insertOne, with the index, its fields and the values', async () => {
    const error = await failure(Accounts.create({ name: 'ada' }));
    expect(error).toMatchObject({ ...duplicate, keyPattern: { name: 1 }, keyValue: { name: 'ada' } });
    expect(error.message).toContain('index: name_1');
    expect(error.message).toContain('dup key: { name: "ada" }');
  });

  it('is refused by insertOne if it is an existing _id', async () => {
    const ada = await Accounts.findOne().lean();
    const error = await failure(Accounts.collection.insertOne({ _id: ada?._id, name: 'other' } as never));
    expect(error).toMatchObject({ ...duplicate, keyPattern: { _id: 1 }, keyValue: { _id: ada?._id } });
  });

  it('ends an ordered insertMany at its document', async () => {
    const error = await failure(Accounts.insertMany([{ name: 'x' }, { name: 'ada' }, { name: 'y' }]));
    expect(error).toMatchObject(duplicate);
    expect(await Accounts.find().sort('name').distinct('name')).toEqual(['ada', 'x']);
  });

  it('is reported by an unordered insertMany for each document, while the others are inserted', async () => {
    const documents = [{ name: 'ada' }, { name: 'x' }, { name: 'x' }, { name: 'y' }];
    const error = await failure(Accounts.insertMany(documents, { ordered: false, lean: true }));
    expect(error).toMatchObject(duplicate);
    const errors = error.writeErrors as { index: number; code: number }[];
    expect(errors.map(({ index, code }) => [index, code])).toEqual([
      [0, 11000],
      [2, 11000],
    ]);
    expect(await Accounts.find().sort('name').distinct('name')).toEqual(['ada', 'x', 'y']);
  });

  it('is refused by a bulkWrite of mixed operations, the others of which apply', async () => {
    const error = await failure(
      Accounts.bulkWrite(
        [
          { insertOne: { document: { name: 'ada' } } },
          { updateOne: { filter: { name: 'z' }, update: { $set: { slot: 9 } }, upsert: true } },
          { insertOne: { document: { name: 'b' } } },
        ],
        { ordered: false },
      ),
    );
    expect(error).toMatchObject(duplicate);
    expect(await Accounts.find().sort('name').distinct('name')).toEqual(['ada', 'b', 'z']);
  });

  it('is refused by updateOne, and by an upsert whose condition does not hold', async () => {
    await Accounts.create({ name: 'bob' });
    expect(await failure(Accounts.updateOne({ name: 'bob' }, { $set: { name: 'ada' } }))).toMatchObject({
      ...duplicate,
      keyValue: { name: 'ada' },
    });
    expect(
      await failure(Accounts.updateOne({ name: 'ada', slot: 5 }, { open: true }, { upsert: true })),
    ).toMatchObject(duplicate);
  });

  it('is refused by findOneAndUpdate, also as an upsert', async () => {
    await Accounts.create({ name: 'bob' });
    const renamed = await failure(Accounts.findOneAndUpdate({ name: 'bob' }, { name: 'ada' }));
    expect(renamed).toMatchObject({ ...duplicate, keyPattern: { name: 1 }, keyValue: { name: 'ada' } });
    const upserted = await failure(
      Accounts.findOneAndUpdate({ name: 'ada', slot: 5 }, { open: true }, { upsert: true }),
    );
    expect(upserted).toMatchObject({ ...duplicate, keyPattern: { name: 1 } });
  });

  it('is refused by a partial index only if the index covers it', async () => {
    await Accounts.create({ name: 'closed', slot: 1, open: false });
    const error = await failure(Accounts.create({ name: 'second', slot: 1, open: true }));
    expect(error).toMatchObject({ ...duplicate, keyPattern: { slot: 1 } });
    expect(await failure(Accounts.updateOne({ name: 'closed' }, { open: true }))).toMatchObject(duplicate);
  });

  it('is refused when a unique index is built', async () => {
    const things = database.connection.collection('things');
    await things.insertMany([{ a: 1 }, { a: 1 }]);
    expect(await failure(things.createIndex({ a: 1 }, { unique: true }))).toMatchObject(duplicate);
  });

  it('is refused as soon as createIndex returned', async () => {
    const things = database.connection.collection('unique');
    await things.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n })));
    await things.createIndex({ n: 1 }, { unique: true });
    expect(await failure(things.insertOne({ n: 7 }))).toMatchObject(duplicate);
  });
});
