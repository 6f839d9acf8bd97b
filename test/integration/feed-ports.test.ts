import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoLink } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { RedisChurn } from '../../infra/redis/churn.ts';
import { RedisClock } from '../../infra/redis/clock.ts';
import { isChurn } from '../support/ports/churn.ts';
import { isFeedStore } from '../support/ports/feed-store.ts';
import { ownServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let mongo: MongoLink;
let redis: Redis;
let spaces: MongoSpaces;
let opened = 0;

beforeAll(async () => {
  services = await ownServices();
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

isFeedStore('a store of feeds in MongoDB', async () => {
  opened += 1;
  return (await spaces.writer(`feeds-${opened}`)).feeds;
});

isChurn('churn in Redis', async () => {
  await redis.flushdb();
  return { clock: new RedisClock(redis), churn: new RedisChurn(redis) };
});

describe('a change that nobody ended', () => {
  /** As if it had been begun a minute ago. */
  const age = (writer: string) => redis.zincrby('{hubbub}:s:default:flight', -60_000_000, writer);

  it('holds nobody back after 30 s, and stays until someone has seen to it', async () => {
    await redis.flushdb();
    const clock = new RedisClock(redis);
    const pos = await clock.begin('default', 'dead', ['ada', 'bob']);
    await clock.begin('default', 'alive', ['cy']);
    expect(await clock.abandoned()).toEqual([]);
    await age('dead');
    expect(await clock.horizon('default', 'ada')).toBeGreaterThan(pos);
    const [dead, ...others] = await clock.abandoned();
    expect(others).toEqual([]);
    expect({ ...dead, users: dead?.users.sort() }).toEqual({
      space: 'default',
      writer: 'dead',
      pos: pos - 60_000_000,
      users: ['ada', 'bob'],
    });
    if (dead) await clock.forget(dead);
    expect(await clock.abandoned()).toEqual([]);
    expect(await clock.end('default', 'alive')).toBe(true);
    expect(await clock.abandoned()).toEqual([]);
    expect(await redis.keys('*fl*')).toEqual([]);
  });

  it('is not forgotten where it was begun anew by someone slow', async () => {
    await redis.flushdb();
    const clock = new RedisClock(redis);
    await clock.begin('default', 'slow', ['ada']);
    await age('slow');
    const [late] = await clock.abandoned();
    expect(await clock.end('default', 'slow')).toBe(false);
    const pos = await clock.begin('default', 'slow', ['ada']);
    if (late) await clock.forget(late);
    expect(await clock.horizon('default', 'ada')).toBe(pos - 1);
  });
});
