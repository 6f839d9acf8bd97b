import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { FIRST_POSITION } from '../../core/model/units.ts';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoHandle } from '../../infra/mongo/connect.ts';
import { databaseOf } from '../../infra/mongo/database-names.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { Epochs } from '../../infra/redis/epoch.ts';
import { RedisInvalidations } from '../../infra/redis/invalidations.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisClock } from '../../infra/redis/position-clock.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { describeFeedStore } from '../support/ports/feed-store.ts';
import { describeInvalidations } from '../support/ports/invalidations.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

const shards = new Shards(1);

let services: TestServices;
let mongo: MongoHandle;
let redis: Redis;
let spaces: MongoSpaces;
let opened = 0;

beforeAll(async () => {
  services = await isolatedServices();
  mongo = connectMongo(services.config.mongodbUri, createLogger('test', 'silent'));
  await mongo.connection.asPromise();
  spaces = new MongoSpaces(mongo.connection, services.config.mongodbUri);
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await mongo.close();
  await services.remove();
});

describeFeedStore('the MongoDB feed store', async () => {
  opened += 1;
  return (await spaces.writer(`feeds-${opened}`)).feeds;
});

test('items that a former version removed keep their place among the changes', async () => {
  const items = mongo.connection
    .useDb(databaseOf(services.config.mongodbUri, 'former'))
    .collection<{ _id: string; action: string; pos: number; removedFrom: string; removedAt: Date }>('items');
  await items.createIndex(
    { removedFrom: 1, pos: 1, _id: 1 },
    { partialFilterExpression: { removedFrom: { $exists: true } } },
  );
  const removed = { action: 'A', pos: 7, removedFrom: 'ada', removedAt: new Date() };
  await items.insertOne({ _id: 'A:ada', ...removed });
  const { feeds } = await new MongoSpaces(mongo.connection, services.config.mongodbUri).writer('former');
  const expected = { id: 'A:ada', user: 'ada', action: 'A', position: 7 };
  expect(await feeds.changes('ada', { position: FIRST_POSITION, after: null }, 10)).toEqual([expected]);
  expect(await feeds.removedByIds(['A:ada'])).toEqual([expected]);
  expect(await items.indexExists('removedFrom_1_pos_1__id_1')).toBe(false);
});

describeInvalidations('invalidations in Redis', async () => {
  await redis.flushdb();
  // The epoch is older than any position of these tests.
  await redis.hset(FIRST_SHARD.epochKey, { id: 'test', start: 0 });
  return { clock: new RedisClock(redis, shards), invalidations: new RedisInvalidations(redis, shards) };
});

it('a position from before Redis lost its data is too old for invalidations, which are lost as well', async () => {
  await redis.flushdb();
  const [epoch, clock] = [new Epochs(redis, shards), new RedisClock(redis, shards)];
  const invalidations = new RedisInvalidations(redis, shards);
  await epoch.check();
  const position = await clock.now('default');
  await invalidations.begin('default', ['u:ada']);
  expect([...((await invalidations.since('default', position)) ?? [])]).toEqual([
    ['u:ada', expect.any(Number)],
  ]);
  await redis.flushdb();
  expect(await invalidations.since('default', position)).toBeNull();
  await epoch.check();
  expect(await invalidations.since('default', position)).toBeNull();
  expect(await invalidations.since('default', await clock.now('default'))).toEqual(new Map());
});

it('a write holds back the watermarks of its users only, also with similar names', async () => {
  await redis.flushdb();
  const clock = new RedisClock(redis, shards);
  const many = Array.from({ length: 200 }, (_, index) => `user-${index}`);
  const users = ['ada', 'bob.smith', '[b-d]', 'cy', ...many];
  const position = await clock.begin('default', 'writer', users);
  for (const user of users) expect(await clock.watermark('default', user)).toBe(position - 1);
  for (const user of ['ad', 'da', 'bob', 'smith', '.', 'b', 'ada.bob', 'user-', 'user-200'])
    expect(await clock.watermark('default', user)).toBeGreaterThanOrEqual(position);
  expect(await clock.watermark('other', 'ada')).toBeGreaterThan(0);
  await clock.end('default', 'writer');
  expect(await clock.watermark('default', 'ada')).toBeGreaterThanOrEqual(position);
});

describe('a write that was never ended', () => {
  /** Makes the write look a minute old. */
  const expireWrite = (writer: string) => redis.zincrby('{hubbub}:s:default:in-flight', -60_000_000, writer);

  it('does not hold the watermark back after 30 s, and stays until it is repaired', async () => {
    await redis.flushdb();
    const clock = new RedisClock(redis, shards);
    const position = await clock.begin('default', 'dead', ['ada', 'bob']);
    await clock.begin('default', 'alive', ['cy']);
    expect(await clock.crashedWriters()).toEqual([]);
    await expireWrite('dead');
    expect(await clock.watermark('default', 'ada')).toBeGreaterThan(position);
    const [crashed, ...others] = await clock.crashedWriters();
    expect(others).toEqual([]);
    expect({ ...crashed, users: crashed?.users.sort() }).toEqual({
      space: 'default',
      writer: 'dead',
      position: position - 60_000_000,
      users: ['ada', 'bob'],
    });
    if (crashed) await clock.release(crashed);
    expect(await clock.crashedWriters()).toEqual([]);
    expect(await clock.end('default', 'alive')).toBe(true);
    expect(await clock.crashedWriters()).toEqual([]);
    expect(await redis.keys('*in-flight*')).toEqual([]);
  });

  it('is not released if a slow writer started it again', async () => {
    await redis.flushdb();
    const clock = new RedisClock(redis, shards);
    await clock.begin('default', 'slow', ['ada']);
    await expireWrite('slow');
    const [crashed] = await clock.crashedWriters();
    expect(await clock.end('default', 'slow')).toBe(false);
    const position = await clock.begin('default', 'slow', ['ada']);
    if (crashed) await clock.release(crashed);
    expect(await clock.watermark('default', 'ada')).toBe(position - 1);
  });
});
