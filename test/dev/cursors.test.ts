import { beforeAll, describe, expect, it } from 'vitest';
import { failure, useDatabase } from './database.ts';

const COUNT = 10_000;

describe('a cursor over several batches', () => {
  const database = useDatabase();
  const numbers = () =>
    database.connection.collection<{ _id: number; rank: number; group: number }>('numbers');

  beforeAll(async () => {
    const documents = Array.from({ length: COUNT }, (_, n) => ({
      _id: n,
      rank: (n * 7919) % COUNT,
      group: n % 7,
    }));
    await numbers().insertMany(documents);
    await numbers().createIndex({ group: 1, rank: 1 });
  });

  it('returns every document once', async () => {
    const seen = new Set<number>();
    for await (const { _id } of numbers().find().batchSize(100)) seen.add(_id);
    expect(seen.size).toBe(COUNT);
  });

  it('keeps the order of a sort, and its limit', async () => {
    const ranks: number[] = [];
    for await (const { rank } of numbers().find().sort({ rank: 1 }).limit(2_500).batchSize(100))
      ranks.push(rank);
    expect(ranks).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
  });

  it('is independent of another one that is read in turns with it', async () => {
    const up = numbers().find({ group: 1 }).sort({ rank: 1 }).batchSize(100);
    const down = numbers().find({ group: 1 }).sort({ rank: -1 }).batchSize(100);
    const ups: number[] = [];
    const downs: number[] = [];
    for (;;) {
      const [a, b] = [await up.next(), await down.next()];
      if (!a || !b) break;
      ups.push(a.rank);
      downs.push(b.rank);
    }
    expect(ups).toHaveLength(Math.ceil((COUNT - 1) / 7));
    expect(downs).toEqual(ups.toReversed());
  });

  it('returns the results of an aggregation', async () => {
    const pipeline = [{ $group: { _id: '$rank', n: { $sum: 1 } } }, { $sort: { _id: 1 } }];
    let last = -1;
    for await (const { _id, n } of numbers().aggregate(pipeline, { batchSize: 1_000 })) {
      expect([_id, n]).toEqual([last + 1, 1]);
      last = _id;
    }
    expect(last).toBe(COUNT - 1);
  });

  it('continues while documents are deleted', async () => {
    const scratch = database.connection.collection<{ _id: number }>('scratch');
    await scratch.insertMany(Array.from({ length: 1_000 }, (_, _id) => ({ _id })));
    let deleted = 0;
    for await (const { _id } of scratch.find().batchSize(50))
      deleted += (await scratch.deleteOne({ _id })).deletedCount;
    expect(deleted).toBe(1_000);
  });

  it('is refused once it is closed', async () => {
    const cursor = numbers().find().batchSize(10);
    await cursor.next();
    const id = cursor.id;
    await cursor.close();
    const command = { getMore: id, collection: 'numbers' };
    expect(await failure(database.connection.db?.command(command) ?? Promise.resolve())).toMatchObject({
      code: 43,
    });
  });

  it('works beside many others', async () => {
    const sums = await Promise.all(
      Array.from({ length: 40 }, async (_, group) => {
        let count = 0;
        for await (const _ of numbers()
          .find({ group: group % 7 })
          .sort({ rank: 1 })
          .batchSize(200))
          count++;
        return count;
      }),
    );
    expect(sums.every((count) => count === 1_428 || count === 1_429)).toBe(true);
  });
});
