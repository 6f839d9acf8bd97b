/** What is left by a writer that dies between its write and its push, where nobody does its work again. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectMongo } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { RedisClock } from '../../infra/redis/clock.ts';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { fill, wholeFeed } from '../support/feeding.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('its users are told to reload, and keep nothing that does not belong to them', async () => {
  const { mongodbUri, redisUrl } = hub.services.config;
  const { connection, close } = connectMongo(mongodbUri, createLogger('test', 'silent'));
  await connection.asPromise();
  const redis = new Redis(redisUrl);
  onTestFinished(async () => {
    redis.disconnect();
    await close();
  });
  const [belongs] = await fill(hub, 'ada', 1);
  const [other] = await fill(hub, 'bob', 1);
  const ada = await hub.socket('ada');
  const { position } = await ada.get<FeedPage>('feed:list', {});

  // It marked one item and put in another, a minute ago, and nothing more was heard of it.
  const minute = 60_000_000;
  const pos = (await new RedisClock(redis).begin('default', 'dead', ['ada', 'bob'])) - minute;
  const { feeds } = new MongoSpaces(connection, mongodbUri).reader('default');
  const [item] = await feeds.byIds([`${belongs}:ada`]);
  if (!item || !other) throw new Error('there is no item');
  await feeds.insert([{ ...item, id: `${other}:ada`, action: other, pos, entered: pos }]);
  await feeds.restamp([item.id], item.pos, pos);
  await redis.zincrby('{hubbub}:s:default:flight', -minute, 'dead');

  await until(() => ada.others.includes('feed:reset'), 'the page is told to reload');
  const service = await hub.service();
  expect((await wholeFeed(service, 'ada')).map(({ id }) => id)).toEqual([item.id]);
  expect(await ada.get<FeedChanges>('feed:changes', { position })).toMatchObject({ reset: true });
  // Nothing of it concerned bob.
  const bob = await service.get<FeedPage>('/v1/users/bob/feed');
  const changes = `/v1/users/bob/feed/changes?position=${bob.body.position}`;
  expect((await service.get<FeedChanges>(changes)).body.reset).toBe(false);
});
