import { type Model, Schema } from 'mongoose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useDatabase } from './database.ts';

interface Person {
  name: string;
  team?: string;
  age?: number;
  tags: string[];
  scores: { game: string; points: number }[];
}

describe('mongoose', () => {
  const database = useDatabase();
  let People: Model<Person>;

  beforeAll(async () => {
    const schema = new Schema<Person>(
      {
        name: String,
        team: String,
        age: Number,
        tags: [String],
        scores: [{ game: String, points: Number, _id: false }],
      },
      { timestamps: true },
    );
    schema.index({ name: 1 }, { unique: true });
    schema.index({ team: 1, age: -1 });
    People = database.connection.model<Person>('Person', schema);
    await People.init();
  });

  beforeEach(async () => {
    await People.deleteMany({});
    await People.insertMany([
      { name: 'Ada', team: 'red', age: 36, tags: ['a', 'b'], scores: [{ game: 'go', points: 5 }] },
      { name: 'Bob', team: 'red', age: 20, tags: ['b'] },
      { name: 'Cleo', team: 'blue', age: 50, tags: [] },
    ]);
  });

  it('creates, finds, updates and deletes documents', async () => {
    const dora = await People.create({ name: 'Dora' });
    expect(await People.findById(dora._id).lean()).toMatchObject({ name: 'Dora', tags: [] });
    dora.age = 7;
    await dora.save();
    expect((await People.findOne({ name: 'Dora' }))?.age).toBe(7);
    expect((await People.deleteOne({ _id: dora._id })).deletedCount).toBe(1);
    expect(await People.exists({ name: 'Dora' })).toBeNull();
  });

  it('selects, sorts, skips and limits documents', async () => {
    const names = await People.find({ age: { $gt: 10 } }, { name: 1, _id: 0 })
      .sort({ age: -1 })
      .skip(1)
      .limit(1)
      .lean();
    expect(names).toEqual([{ name: 'Ada' }]);
    expect(await People.find({ tags: 'b' }).sort('name').distinct('name')).toEqual(['Ada', 'Bob']);
    expect(await People.find({ $or: [{ team: 'blue' }, { name: /^A/ }] }).countDocuments()).toBe(2);
    expect(
      await People.find({ scores: { $elemMatch: { game: 'go', points: { $gte: 5 } } } }).countDocuments(),
    ).toBe(1);
  });

  it('counts documents, exactly or by an estimate', async () => {
    expect(await People.countDocuments({ team: 'red' })).toBe(2);
    expect(await People.countDocuments({}, { limit: 2 })).toBe(2);
    expect(await People.estimatedDocumentCount()).toBe(3);
    expect(await People.countDocuments({ team: 'none' })).toBe(0);
  });

  it('updates many documents, and reports the number', async () => {
    const result = await People.updateMany({ team: 'red' }, { $inc: { age: 1 }, $addToSet: { tags: 'b' } });
    expect(result).toMatchObject({ matchedCount: 2, modifiedCount: 2, upsertedCount: 0 });
    expect(
      await People.updateMany({ team: 'red' }, { $set: { team: 'red' } }, { timestamps: false }),
    ).toMatchObject({
      matchedCount: 2,
      modifiedCount: 0,
    });
  });

  it('updates documents by a pipeline', async () => {
    await People.updateMany({ team: 'red' }, [{ $set: { age: { $multiply: ['$age', 2] } } }], {
      updatePipeline: true,
    });
    expect(await People.find({ team: 'red' }).sort('name').distinct('age')).toEqual([40, 72]);
  });

  it('updates elements of arrays by filters', async () => {
    await People.updateOne({ name: 'Ada' }, { $push: { scores: { game: 'chess', points: 1 } } });
    await People.updateOne(
      { name: 'Ada' },
      { $inc: { 'scores.$[low].points': 10 } },
      { arrayFilters: [{ 'low.points': { $lt: 3 } }] },
    );
    const ada = await People.findOne({ name: 'Ada' }).lean();
    expect(ada?.scores).toEqual([
      { game: 'go', points: 5 },
      { game: 'chess', points: 11 },
    ]);
  });

  it('finds and updates a document in one step, and inserts it if there is none', async () => {
    const before = await People.findOneAndUpdate({ name: 'Eve' }, { $set: { age: 1 } }, { upsert: true });
    expect(before).toBeNull();
    const after = await People.findOneAndUpdate(
      { name: 'Eve' },
      { $inc: { age: 1 } },
      { returnDocument: 'after' },
    );
    expect(after?.age).toBe(2);
    const raw = await People.findOneAndUpdate({ name: 'Eve' }, { age: 9 }, { includeResultMetadata: true });
    expect(raw.lastErrorObject).toMatchObject({ updatedExisting: true, n: 1 });
    expect((await People.findOneAndDelete({ name: 'Eve' }))?.age).toBe(9);
  });

  it('writes documents in bulk', async () => {
    const result = await People.bulkWrite(
      [
        { insertOne: { document: { name: 'Finn', tags: [], scores: [] } } },
        { updateOne: { filter: { name: 'Ada' }, update: { $set: { team: 'green' } } } },
        { updateOne: { filter: { name: 'Gil' }, update: { $set: { age: 3 } }, upsert: true } },
        { updateMany: { filter: { team: 'red' }, update: { $unset: { team: 1 } } } },
        {
          replaceOne: { filter: { name: 'Cleo' }, replacement: { name: 'Cleo', tags: [], scores: [] } },
        },
        { deleteOne: { filter: { name: 'Finn' } } },
      ],
      { ordered: true },
    );
    expect(result).toMatchObject({ insertedCount: 1, upsertedCount: 1, deletedCount: 1, modifiedCount: 3 });
    expect(await People.find().sort('name').distinct('name')).toEqual(['Ada', 'Bob', 'Cleo', 'Gil']);
  });

  it('aggregates documents', async () => {
    const byTeam = await People.aggregate([
      { $match: { age: { $gt: 0 } } },
      { $group: { _id: '$team', n: { $sum: 1 }, oldest: { $max: '$age' }, names: { $push: '$name' } } },
      { $sort: { _id: 1 } },
    ]);
    expect(byTeam.map(({ _id, n, oldest }) => [_id, n, oldest])).toEqual([
      ['blue', 1, 50],
      ['red', 2, 36],
    ]);
    const [facets] = await People.aggregate([
      {
        $facet: {
          count: [{ $count: 'n' }],
          youngest: [{ $sort: { age: 1 } }, { $limit: 1 }, { $project: { name: 1, _id: 0 } }],
        },
      },
    ]);
    expect(facets).toEqual({ count: [{ n: 3 }], youngest: [{ name: 'Bob' }] });
    const joined = await People.aggregate([
      { $match: { name: 'Ada' } },
      { $lookup: { from: 'people', localField: 'team', foreignField: 'team', as: 'mates' } },
      { $unwind: '$mates' },
      { $sort: { 'mates.name': 1 } },
      { $project: { _id: 0, mate: '$mates.name' } },
    ]);
    expect(joined).toEqual([{ mate: 'Ada' }, { mate: 'Bob' }]);
    await People.aggregate([
      { $match: { team: 'red' } },
      { $project: { name: 1 } },
      { $merge: { into: 'copies' } },
    ]);
    expect(await database.connection.collection('copies').countDocuments()).toBe(2);
  });

  it('writes documents without a reply', async () => {
    await People.collection.insertOne({ name: 'Quiet' } as never, { writeConcern: { w: 0 } });
    await expect.poll(() => People.countDocuments({ name: 'Quiet' }), { timeout: 5_000 }).toBe(1);
  });
});
