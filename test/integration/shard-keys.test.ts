/**
 * The hub on sharded collections (decision 53). DocumentDB shards them on one server, and enforces what a cluster enforces: the
 * same `_id` is a duplicate only with the same shard key, and an upsert must name its shard. How many shards a command would ask
 * is not visible there, so the commands are recorded.
 */
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { asPosition } from '../../core/model/units.ts';
import { createModels } from '../../infra/mongo/models.ts';
import { type ShardKey, shardKeys } from '../../infra/mongo/shard-keys.ts';
import { shardDatabase } from '../../infra/mongo/sharding.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { Counts, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { allChanges, logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import {
  commandName,
  isSingle,
  namesShard,
  type RecordedCommand,
  recordCommands,
} from '../support/recorded-commands.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
let connection: mongoose.Connection;
const recorded: RecordedCommand[] = [];

vi.mock(import('../../infra/mongo/insert-serialized.ts'), async (importOriginal) => {
  const { insertSerialized } = await importOriginal();
  return {
    insertSerialized: (model, bytes, count, options) => {
      const { db, collection } = model;
      const filters: mongoose.mongo.BSON.Document[] = [];
      for (let start = 0; start < bytes.length; ) {
        const length = Buffer.from(bytes.buffer, bytes.byteOffset + start).readInt32LE();
        filters.push(mongoose.mongo.BSON.deserialize(bytes.subarray(start, start + length)));
        start += length;
      }
      recorded.push({ database: db.name, collection: collection.collectionName, kind: 'insert', filters });
      return insertSerialized(model, bytes, count, options);
    },
  };
});

beforeAll(async () => {
  vi.stubEnv('MONGODB_URI', `${process.env.MONGODB_URI}/?monitorCommands=true`);
  hub = await TestHub.start({ gateways: 0, workers: 0 });
  connection = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  await shardDatabase(connection, () => undefined);
  recordCommands((command) => recorded.push(command));
  await hub.addGateway();
  await hub.addWorker();
  service = await hub.service();
});
afterAll(async () => {
  await connection.close();
  await hub.close();
  vi.unstubAllEnvs();
});

const post = async <T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> => {
  const response = await service.post<T>(path, body, headers);
  expect(response.status, `${path}: ${JSON.stringify(response.body)}`).toBeLessThan(300);
  return response.body;
};
const get = async <T>(path: string): Promise<T> => {
  const response = await service.get<T>(path);
  expect(response.status, `${path}: ${JSON.stringify(response.body)}`).toBe(200);
  return response.body;
};
const log = async (...actions: object[]): Promise<string[]> =>
  (await post<LogAnswer>('/v1/actions?wait=1', { actions })).ids;
const track = (user: string, to: string, more: object = {}) =>
  post(`/v1/users/${user}/track?wait=1`, { to, actorOnly: false, ...more });
const counts = (user: string) => get<Counts>(`/v1/users/${user}/feed/counts`);
const feedIds = async (user: string) => (await wholeFeed(service, user)).map((item) => item.action.id);
const position = async (user: string) => (await get<FeedPage>(`/v1/users/${user}/feed`)).position;
const said = (more: object = {}) => ({
  actor: 'user:bob',
  verb: 'said',
  targets: 'topic:1',
  related: 'project:p1',
  groupingDelay: -1,
  ...more,
});
const followers = Array.from({ length: 20 }, (_, index) => `follower-${index}`);

describe('on sharded collections', () => {
  test('an action reaches its followers once, also as a repeated call', async () => {
    for (const user of followers) await track(user, 'project:p1');
    const call = () => service.post<LogAnswer>('/v1/actions?wait=1', said(), { 'idempotency-key': 'one' });
    const { ids } = (await call()).body;
    expect((await call()).body.ids).toEqual(ids);
    for (const user of followers) expect(await feedIds(user)).toEqual(ids);
  });

  test('a page, marks, counts and changes agree', async () => {
    const user = 'follower-0';
    const start = await position(user);
    const ids = await logAndWait(hub, user, 30);
    expect(await counts(user)).toMatchObject({ unread: 31 });
    const { items } = await get<FeedPage>(`/v1/users/${user}/feed?limit=10`);
    await post(`/v1/users/${user}/feed/read`, { ids: items.map((item) => item.id) });
    await post(`/v1/users/${user}/feed/unread`, { ids: items.slice(0, 3).map((item) => item.id) });
    await post(`/v1/users/${user}/feed/seen`, { all: true });
    expect(await counts(user)).toMatchObject({ unread: 24, unseen: 0 });
    const changed = (await allChanges(service, user, start)).flatMap((page) => page.items);
    expect(new Set(changed.map((item) => item.action.id))).toEqual(
      new Set([...ids, ...(await feedIds(user))]),
    );
    await post(`/v1/users/${user}/feed/read`, { all: true });
    expect(await counts(user)).toMatchObject({ unread: 0 });
    await get(`/v1/users/${user}/feed?unread=true`);
    const [archived = '', snoozed = ''] = items.map((item) => item.id);
    const end = new Date(Date.now() + 300).toISOString();
    await post(`/v1/users/${user}/feed/archive`, { ids: [archived] });
    await post(`/v1/users/${user}/feed/snooze`, { ids: [snoozed], until: end });
    await get(`/v1/users/${user}/feed?state=all`);
    await post(`/v1/users/${user}/feed/unarchive`, { all: true });
    await until(async () => (await counts(user)).unread === 1, 'the snoozed item returns');
    await get(`/v1/users/${user}/feed?includeOwn=true&object=topic:1`);
  });

  test('counts reach connected users', async () => {
    const sockets = await Promise.all(followers.map((user) => hub.socket(user)));
    await log(said({ targets: 'topic:counts' }));
    for (const socket of sockets) {
      await until(() => socket.counts.length > 0, 'the counts');
      expect(socket.items).toHaveLength(1);
    }
  });

  test('similar actions are grouped, and their items move up', async () => {
    const grouped = () => log(said({ verb: 'edited', groupingDelay: 3_600 }));
    const [first] = [await grouped(), await grouped()];
    for (const user of followers) {
      const [top] = await wholeFeed(service, user);
      expect(top?.action).toMatchObject({ id: first?.[0], count: 2 });
    }
  });

  test('past actions come with a tracker and leave with it', async () => {
    const user = 'late';
    await track(user, 'project:p1');
    const before = await feedIds(user);
    expect(before.length).toBeGreaterThan(2);
    const start = await position(user);
    await post(`/v1/users/${user}/untrack?wait=1`, { from: 'project:p1' });
    expect(await feedIds(user)).toEqual([]);
    const removed = (await allChanges(service, user, start)).flatMap((page) => page.removed);
    expect(removed).toHaveLength(before.length);
    await track(user, 'project:p1', { verbs: ['said', 'edited'] });
    expect(await feedIds(user)).toEqual(before);
    await track(user, 'project:p1', { verbs: ['edited'] });
  });

  test('recalled actions, and those of deleted objects, leave all feeds', async () => {
    const [recalled] = await log(said({ targets: 'topic:2' }));
    expect((await service.send('DELETE', `/v1/actions/${recalled}?wait=1`)).status).toBe(200);
    await log(said({ targets: 'topic:3' }), said({ targets: 'topic:4' }));
    await post('/v1/objects/topic:3/deleted?wait=1', {});
    await post('/v1/objects/topic:4/deleted?wait=1', { actions: 'delete' });
    await log(said({ targets: 'topic:3', notify: ['late'] }));
    const [top, next] = await wholeFeed(service, 'follower-1');
    expect(top?.action.targets[0]).toMatchObject({ deleted: true });
    expect(next?.action.targets[0]).toMatchObject({ id: '3', deleted: true });
    expect((await feedIds('follower-1')).includes(recalled ?? '')).toBe(false);
  });

  test('registered objects show their names, until they are deleted', async () => {
    const register = (...objects: object[]) => service.put('/v1/objects', { objects });
    const named = { type: 'topic', id: '6', name: 'Gardens' };
    const [id] = await log(said({ targets: 'topic:6', related: [] }));
    expect((await register(named, { ...named, id: '7' })).status).toBe(200);
    await register({ type: 'topic', id: '7' });
    expect(await get(`/v1/actions/${id}`)).toMatchObject({ targets: [named] });
    await post('/v1/objects/topic:6/deleted?wait=1', {});
    await register({ ...named, name: 'Parks' });
    expect(await get('/v1/objects/topic:6')).toMatchObject({ ...named, deleted: true });
  });

  test('a deleted user has no feed and no trackers', async () => {
    await post('/v1/objects/user:follower-2/deleted?wait=1', {});
    const models = createModels(connection);
    expect(await models.items.countDocuments({ user: 'follower-2' })).toBe(0);
    expect(await models.trackers.countDocuments({ user: 'follower-2' })).toBe(0);
  });

  test('lists of trackers, actions, events and dead letters work', async () => {
    for (const path of [
      '/v1/users/late/trackers',
      '/v1/users/late/tracked',
      '/v1/objects/project:p1/trackers',
    ])
      await get(path);
    await post('/v1/users/late/untrack?wait=1', { from: 'project:p1', verbs: ['edited'] });
    for (const path of ['/v1/objects/project:p1/actions', '/v1/actions?actor=user:bob', '/v1/actions'])
      await get(path);
    const event = () =>
      post<{ id: string }>(
        '/v1/events',
        { name: 'seen', user: 'late', related: 'topic:1' },
        { 'idempotency-key': 'e' },
      );
    expect(await event()).toEqual(await event());
    await post('/v1/events', { name: 'seen' });
    for (const path of ['/v1/events', '/v1/events?name=seen', '/v1/objects/topic:1/events']) await get(path);
    for (const path of ['latest?name=seen', 'stats']) await get(`/v1/users/late/events/${path}`);
    await get('/v1/events?user=late');
    await get('/v1/dead-letters');
  });

  test('a watch catches up after a lost connection', async () => {
    const socket = await hub.socket('follower-3');
    const first = await socket.request<{ position: string }>('watch', { object: 'project:p1' });
    await log(said({ targets: 'topic:5' }));
    const again = { object: 'project:p1', position: first.ok ? first.data.position : '' };
    expect(await socket.request('watch', again)).toMatchObject({ ok: true });
  });

  test('a user resyncs from the latest position', async () => {
    const { feeds } = await new MongoSpaces(connection, hub.services.config.mongodbUri).writer('default');
    for (const each of [5, 9, 7]) await feeds.forceResync(['late', 'early'], asPosition(each));
    expect(await feeds.resyncBefore('late')).toBe(9);
  });
});

const objectLists =
  'an action names many objects, and its id decides about its shard; pages of an object, a watch, a backfill';
const manyUsers =
  'the items of an action are on the shards of its users; their number, not that of shards, decides';

/** Commands that ask all shards: collection, kind, and fields of the filter, with the reason. The tests above run all of them. */
const broadcasts: Readonly<Record<string, string>> = {
  'actions: find: actorKey keys timestamp': objectLists,
  'actions: find: actorKey level updatedAt': 'the own actions of a user, in a list with `includeOwn`',
  'actions: find: count keys updatedAt': objectLists,
  'actions: find: keys level timestamp': objectLists,
  'actions: find: keys pos': objectLists,
  'actions: find: keys timestamp': objectLists,
  'actions: find: gone goneKeys pos': objectLists,
  'actions: find: timestamp': 'a list for backends',
  'actions: find: group.related timestamp': 'candidates for grouping, once per batch',
  'actions: find: group.targets timestamp': 'candidates for grouping, once per batch',
  'events: find': 'a list for backends',
  'events: find: name': 'a list for backends',
  'events: find: relatedKey': 'a list for backends',
  'items: find: _id': manyUsers,
  'items: find: _id removedAt': manyUsers,
  'items: find: aside.until': 'snoozed items that are due, of all users; a few times a minute at most',
  'items: update: _id pos removedAt': manyUsers,
  'items: update: _id pos removedAt rev': manyUsers,
  'objects: find: _id actions': 'a range of ids: when a gateway loads the deleted users',
  'objects: find: registered': 'whether a space has registered objects, every few seconds per gateway',
  'trackers: aggregate: user': 'trackers are with their objects; when a user tracks',
  'trackers: find: user': 'trackers are with their objects; when a user lists them or is deleted',
};

describe('of the commands that were recorded', () => {
  const byCollection = (collection: string) => recorded.filter((each) => each.collection === collection);
  const models = () => Object.entries(createModels(connection));
  const keys = new Map(Object.entries(shardKeys));
  const sharded = () =>
    models().flatMap(([name, model]): Array<{ collection: string; key: ShardKey }> => {
      const key = keys.get(name);
      return key ? [{ collection: model.collection.name, key }] : [];
    });

  test('some read and some write every sharded collection', () => {
    for (const { collection } of sharded()) {
      const kinds = new Set(byCollection(collection).map(({ kind }) => kind));
      expect(
        [...kinds].some((kind) => ['find', 'aggregate'].includes(kind)),
        collection,
      ).toBe(true);
      expect(
        [...kinds].some((kind) => ['insert', 'upsert'].includes(kind)),
        collection,
      ).toBe(true);
    }
  });

  test('those that insert, upsert or change a single document name its whole shard key', () => {
    for (const { collection, key } of sharded()) {
      const single = byCollection(collection).filter((each) => isSingle(each));
      for (const command of single) expect(namesShard(command, key), commandName(command)).toBe('one');
    }
  });

  test('all others name shards, except for these', () => {
    const asking = sharded().flatMap(({ collection, key }) =>
      byCollection(collection)
        .filter((command) => namesShard(command, key) === 'all')
        .map(commandName),
    );
    expect([...new Set(asking)].sort()).toEqual(Object.keys(broadcasts).sort());
  });
});
