import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { describe, expect, it } from 'vitest';
import { useDatabase } from './database.ts';

const { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } = mongoose.mongo.BSON;

describe('the database', () => {
  const database = useDatabase();
  const values = () => database.connection.collection('values');

  it.each([
    ['a date', new Date('2024-02-29T12:34:56.789Z')],
    ['a date before 1970', new Date(-1)],
    ['a long', Long.fromString('9007199254740993')],
    ['a decimal', Decimal128.fromString('12345678901234567890.123456789')],
    ['bytes', new Binary(randomBytes(300))],
    ['a UUID', new UUID()],
    ['an ObjectId', new ObjectId()],
    ['null', null],
    ['a boolean', true],
    ['a whole number', 42],
    ['a fraction', -0.125],
    ['a text', 'naïve 日本語 🎉 \n "quoted"'],
    ['an empty text', ''],
    ['a list', [1, 'two', [3], { four: 4 }]],
    ['an object', { a: { b: { c: [] } }, z: 1, 'a b': 2 }],
  ])('keeps %s', async (_name, value) => {
    const { insertedId } = await values().insertOne({ value });
    const found = await values().findOne({ _id: insertedId }, { promoteLongs: false, promoteBuffers: false });
    expect(found?.value).toEqual(value);
  });

  it('keeps the types of numbers', async () => {
    const { insertedId } = await values().insertOne({
      i: new Int32(1),
      l: Long.fromNumber(1),
      d: new Double(1),
    });
    const found = await values().findOne({ _id: insertedId }, { promoteValues: false });
    expect([found?.i, found?.l, found?.d].map((value) => value._bsontype)).toEqual([
      'Int32',
      'Long',
      'Double',
    ]);
    expect(await values().countDocuments({ _id: insertedId, i: 1, l: 1, d: 1 })).toBe(1);
  });

  it('keeps the order of fields', async () => {
    const { insertedId } = await values().insertOne({ z: 1, a: 2, m: 3 });
    expect(Object.keys((await values().findOne({ _id: insertedId })) ?? {})).toEqual(['_id', 'z', 'a', 'm']);
  });

  it('keeps large documents, one and many', async () => {
    const text = 'x'.repeat(1024 * 1024);
    const large = database.connection.collection<{ _id: number; text: string }>('large');
    await large.insertOne({ _id: 0, text });
    await large.insertMany(Array.from({ length: 20 }, (_, n) => ({ _id: n + 1, text: `${n}${text}` })));
    const found = await large.find().sort({ _id: 1 }).toArray();
    expect(found.map((document) => document.text.length - text.length)).toEqual([
      0,
      ...Array.from({ length: 20 }, (_, n) => String(n).length),
    ]);
  });
});
