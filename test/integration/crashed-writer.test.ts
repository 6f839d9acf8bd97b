/** A writer crashes between its write and its push, and nobody repeats its work. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { groupItems } from '../../core/model/item-groups.ts';
import { asPosition } from '../../core/model/units.ts';
import { createLogger } from '../../infra/log.ts';
import { connectMongo } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { RedisClock } from '../../infra/redis/position-clock.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { logAndWait, wholeFeed } from '../support/feeds.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('users of a crashed writer get a reset and keep no stray items', async () => {
  const { mongodbUri, redisUrl } = hub.services.config;
  const { connection, close } = connectMongo(mongodbUri, createLogger('test', 'silent'));
  await connection.asPromise();
  const redis = new Redis(redisUrl);
  onTestFinished(async () => {
    redis.disconnect();
    await close();
  });
  const [kept] = await logAndWait(hub, 'ada', 1);
  const [other] = await logAndWait(hub, 'bob', 1);
  const ada = await hub.socket('ada');
  const { position } = await ada.get<FeedPage>('feed:list', {});

  // A minute ago, a writer marked one item, inserted another, and crashed.
  const minuteUs = 60_000_000;
  const at = (await new RedisClock(redis, shards).begin('default', 'dead', ['ada', 'bob'])) - minuteUs;
  const { feeds } = new MongoSpaces(connection, mongodbUri).reader('default');
  const [item] = await feeds.byIds([`${kept}:ada`]);
  if (!item || !other) throw new Error('there is no item');
  await feeds.insert(
    groupItems([
      {
        ...item,
        id: `${other}:ada`,
        action: other,
        position: asPosition(at),
        deliveredPosition: asPosition(at),
      },
    ]),
  );
  await feeds.advancePosition([item.id], item.position, asPosition(at));
  await redis.zincrby('{hubbub}:s:default:in-flight', -minuteUs, 'dead');

  await until(() => ada.otherEvents.includes('feed:reset'), 'the page gets a reset');
  const service = await hub.service();
  expect((await wholeFeed(service, 'ada')).map(({ id }) => id)).toEqual([item.id]);
  expect(await ada.get<FeedChanges>('feed:changes', { position })).toMatchObject({ reset: true });
  // The write did not affect bob.
  const bob = await service.get<FeedPage>('/v1/users/bob/feed');
  const changes = `/v1/users/bob/feed/changes?position=${bob.body.position}`;
  expect((await service.get<FeedChanges>(changes)).body.reset).toBe(false);
});
