/** Reads whose client has left. */
import { expect, it } from 'vitest';
import { useDatabase } from './database.ts';

const database = useDatabase();
const READS = 60;

it('ends them, so that others need not wait for what nobody reads', async () => {
  const items = database.connection.collection('items');
  await items.insertMany(Array.from({ length: 1_000 }, (_, index) => ({ index })));
  // Each item with each other one.
  const pipeline = [
    { $lookup: { from: 'items', pipeline: [{ $match: { index: { $gte: 0 } } }], as: 'all' } },
    { $unwind: '$all' },
    { $group: { _id: '$all.index', sum: { $sum: '$index' } } },
    { $sort: { sum: 1 } },
    { $limit: 1 },
  ];
  const timed = async (work: () => Promise<unknown>) => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
  const one = await timed(() => items.aggregate(pipeline).toArray());
  const leaving = new AbortController();
  const reads = Array.from({ length: READS }, () =>
    items
      .aggregate(pipeline, { signal: leaving.signal })
      .toArray()
      .catch(() => null),
  );
  // Behind the first of them, so they have begun.
  await items.findOne({ index: 1 });
  leaving.abort();
  await Promise.all(reads);
  const next = await timed(() => items.findOne({ index: 2 }));
  // The database works at no more than a few of them at a time.
  expect(next).toBeLessThan((one * READS) / 10);
});
