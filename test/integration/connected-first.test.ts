/** Connected followers of a large audience get an item first, whichever gateway they are connected to. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { createModels, type Models } from '../../infra/mongo/models.ts';
import { RedisConnectedUsers, replyConnected } from '../../infra/redis/connected-users.ts';
import { channelName } from '../../infra/redis/keys.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { trackerDoc } from '../support/tracker-doc.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);
const FOLLOWERS = 3_000;
const PAGE = 20;
/** Requests after 20, 80, 320 and 1,280 trackers. */
const bounds = {
  inline: { trackers: 100, items: 100 },
  chunkSize: PAGE,
  checkpointEvery: 5,
  connectedFirst: PAGE,
};

let hub: TestHub;
let models: Models;
let redis: Redis;
let disconnect: () => Promise<void>;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2, bounds });
  redis = new Redis(hub.services.config.redisUrl);
  const connection = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  disconnect = () => connection.close();
  models = createModels(connection);
  const service = await hub.service();
  // Creates the indexes.
  await service.post('/v1/users/user-2900/track', { to: 'project:big', since: new Date(0).toISOString() });
  const users = Array.from({ length: FOLLOWERS }, (_, index) => `user-${String(index).padStart(4, '0')}`);
  const trackers = users
    .filter((user) => user !== 'user-2900')
    .map((user) => trackerDoc(user, 'project:big', true));
  await models.trackers.insertMany(trackers, { lean: true, ordered: false });
});
afterAll(async () => {
  redis.disconnect();
  await disconnect();
  await hub.close();
});

/** Logs an action of the project. Returns the user of each item, in the order of their writes. */
async function fanOut(verb: string): Promise<string[]> {
  const service = await hub.service();
  const { status, body } = await service.post<LogAnswer>('/v1/actions?wait=1', {
    actor: 'project:big',
    verb,
    groupingDelay: -1,
  });
  expect(status).toBe(200);
  const items = await models.items.find({ action: body.ids[0] }).sort({ pos: 1 }).lean();
  return items.flatMap(({ user }) => user ?? []);
}

test('followers at two gateways get an item before most others, and once', async () => {
  const last = await hub.socket('user-2900', {}, hub.urls[0]);
  const other = await hub.socket('user-2800', {}, hub.urls[1]);
  await hub.socket('nobody', {}, hub.urls[1]);
  await hub.socket('user-2700', { space: 'elsewhere' }, hub.urls[1]);
  const order = await fanOut('released');
  expect(order).toHaveLength(FOLLOWERS);
  expect(new Set(order).size).toBe(FOLLOWERS);
  for (const user of ['user-2900', 'user-2800'])
    expect(order.indexOf(user), user).toBeLessThan(FOLLOWERS / 2);
  expect(order.indexOf('user-2700')).toBeGreaterThan(FOLLOWERS / 2);
  for (const socket of [last, other]) {
    await until(() => socket.counts.at(-1)?.unread === 1, 'the count');
    expect(socket.items).toHaveLength(1);
  }
});

test('a gateway that never replies delays nobody for long', async () => {
  const silent = redis.duplicate();
  onTestFinished(() => silent.disconnect());
  await silent.subscribe(channelName(redis.options.db ?? 0, 'default'));
  const connected = await hub.socket('user-2950', {}, hub.urls[1]);
  const order = await fanOut('stopped');
  expect(order).toHaveLength(FOLLOWERS);
  expect(order.indexOf('user-2950')).toBeLessThan(FOLLOWERS / 2);
  await until(() => connected.items.length === 1, 'the push');
});

test('every gateway names up to the requested number of its users in the space', async () => {
  const connectedUsers = new RedisConnectedUsers(redis, shards, createLogger('worker', 'silent'));
  const space = { space: 'acme' };
  for (const [user, url] of [
    ['ada', hub.urls[0]],
    ['bob', hub.urls[0]],
    ['cy', hub.urls[1]],
  ] as const)
    await hub.socket(user, space, url);
  // A busy gateway may reply too late.
  await until(async () => {
    const found = await connectedUsers.find('acme', 10);
    return [...found].sort().join() === 'ada,bob,cy';
  }, 'all users');
  await until(async () => {
    const found = await connectedUsers.find('acme', 1);
    return found.length === 2 && found.includes('cy');
  }, 'one user of each gateway');
  expect(await connectedUsers.find('unknown', 10)).toEqual([]);
});

test('a reply that comes too late expires', async () => {
  await replyConnected(redis, shards, 'acme', 'late', ['ada']);
  expect(await redis.ttl(shards.of('acme').repliesKey('acme', 'late'))).toBeGreaterThan(0);
});
