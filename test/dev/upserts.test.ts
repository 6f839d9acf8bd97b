import { type Model, Schema } from 'mongoose';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDatabase } from './database.ts';

interface Counter {
  key: string;
  n: number;
}

const CLIENTS = 50;

/** As in MongoDB, an upsert that loses the race for a unique key becomes an update. */
describe('concurrent writes of one key', () => {
  const database = useDatabase();
  let Counters: Model<Counter>;

  beforeAll(async () => {
    const schema = new Schema<Counter>({ key: String, n: Number });
    schema.index({ key: 1 }, { unique: true });
    Counters = database.connection.model<Counter>('Counter', schema);
    await Counters.init();
  });

  const all = <T>(work: (client: number) => Promise<T>) =>
    Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));

  it('all apply to one document by updateOne', async () => {
    await all(() => Counters.updateOne({ key: 'a' }, { $inc: { n: 1 } }, { upsert: true }));
    expect((await Counters.find({ key: 'a' })).map(({ n }) => n)).toEqual([CLIENTS]);
  });

  it('all apply to one document by findOneAndUpdate', async () => {
    await all(() => Counters.findOneAndUpdate({ key: 'b' }, { $inc: { n: 1 } }, { upsert: true }));
    expect((await Counters.find({ key: 'b' })).map(({ n }) => n)).toEqual([CLIENTS]);
  });

  it('all apply to one document by its _id', async () => {
    const collection = database.connection.collection<{ _id: string; n: number }>('byId');
    await all(() => collection.updateOne({ _id: 'c' }, { $inc: { n: 1 } }, { upsert: true }));
    expect(await collection.find().toArray()).toEqual([{ _id: 'c', n: CLIENTS }]);
  });

  it('fail except for one, under a condition that only the first one meets', async () => {
    for (const key of ['once-1', '_id']) {
      const filter = key === '_id' ? { _id: 'x', n: { $exists: false } } : { key, n: { $exists: false } };
      const collection = key === '_id' ? database.connection.collection('once') : Counters.collection;
      const outcomes = await Promise.allSettled(
        Array.from({ length: CLIENTS }, () =>
          collection.updateOne(filter as never, { $inc: { n: 1 } }, { upsert: true }),
        ),
      );
      const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'));
      expect(codes.toSorted()).toEqual([...Array.from({ length: CLIENTS - 1 }, () => 11000), 'done']);
    }
  });

  it('all apply if each bulkWrite has the keys in another order', async () => {
    const keys = Array.from({ length: 20 }, (_, n) => `bulk-${n}`);
    const clients = Array.from({ length: 10 }, (_, client) => client);
    const upsertAll = clients.map((client) => {
      const order = client % 2 ? keys : keys.toReversed();
      const upserts = order.map((key) => ({
        updateOne: { filter: { key }, update: { $inc: { n: 1 } }, upsert: true },
      }));
      return Counters.bulkWrite(upserts, { ordered: false });
    });
    await Promise.all(upsertAll);
    const counters = await Counters.find({ key: /^bulk-/ }).lean();
    expect(counters).toHaveLength(keys.length);
    expect(new Set(counters.map(({ n }) => n))).toEqual(new Set([clients.length]));
  });

  it('insert each document once by insertMany', async () => {
    const documents = Array.from({ length: 100 }, (_, n) => ({ key: `insert-${n}`, n: 0 }));
    const inserted = await all(async (client) => {
      const order = client % 2 ? documents : documents.toReversed();
      try {
        await Counters.insertMany(order, { ordered: false, lean: true });
        return order.length;
      } catch (error) {
        const { code, result } = error as { code: number; result: { insertedCount: number } };
        expect(code).toBe(11000);
        return result.insertedCount;
      }
    });
    expect(await Counters.countDocuments({ key: /^insert-/ })).toBe(documents.length);
    expect(inserted.reduce((sum, n) => sum + n, 0)).toBe(documents.length);
  });

  it('take a lease only once', async () => {
    const leases = database.connection.collection<{ _id: string; holder: number; until: number }>('leases');
    await leases.insertOne({ _id: 'x', holder: -1, until: 0 });
    const taken = await all((holder) =>
      leases.updateOne({ _id: 'x', until: { $lt: 5 } }, { $set: { holder, until: 10 } }),
    );
    expect(taken.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
  });
});
