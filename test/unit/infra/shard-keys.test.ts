/** What MongoDB demands of shard keys, and what makes `_id` unique in the whole cluster (decision 53). */
import mongoose from 'mongoose';
import { describe, expect, test } from 'vitest';
import { itemId, keyOfTracker, trackerId, userOfItem } from '../../../core/model/keys.ts';
import { fewDistinct, MAX_TARGETS } from '../../../infra/mongo/few-distinct.ts';
import { idFilter as itemFilter } from '../../../infra/mongo/items/document.ts';
import { createModels } from '../../../infra/mongo/models.ts';
import { shardKeys } from '../../../infra/mongo/shard-keys.ts';
import { shardCommands } from '../../../infra/mongo/sharding.ts';
import { idFilter as trackerFilter } from '../../../infra/mongo/trackers/document.ts';

const connection = mongoose.createConnection();
const models = createModels(connection);

test('every collection declares a shard key, or that it needs none', () => {
  expect(Object.keys(shardKeys).sort()).toEqual(Object.keys(models).sort());
});

test.each(Object.entries(models))('%s has no unique index beside the one on _id', (_, { schema }) => {
  expect(schema.indexes().filter(([, options]) => options.unique)).toEqual([]);
});

test.each(Object.entries(models))('all fields of the shard key of %s are required', (name, model) => {
  const key = new Map(Object.entries(shardKeys)).get(name) ?? {};
  const required: readonly string[] = model.schema.requiredPaths();
  // The user of an event may be null, which is a value.
  const fields = Object.keys(key).filter((field) => `${name}.${field}` !== 'events.user');
  expect(required).toEqual(expect.arrayContaining(fields));
});

test.each(Object.entries(shardKeys))('%s hashes at most one field', (_, key) => {
  expect(Object.values(key ?? {}).filter((order) => order === 'hashed').length).toBeLessThan(2);
});

test('the user of an item and the key of a tracker follow from their ids', () => {
  for (const user of ['ada', 'a:b', 'a\u00e9:', '7'])
    expect(userOfItem(itemId('01J0000000000000000000000A', user))).toBe(user);
  for (const key of ['project:p1', 'project', 'url:https://x.org/:a'])
    expect(keyOfTracker(trackerId('a:b', key))).toBe(key);
});

describe('a filter by ids', () => {
  const users = Array.from({ length: MAX_TARGETS + 1 }, (_, index) => `u${index}`);

  test('names the few users of items, each once', () => {
    const ids = [itemId('A', 'ada'), itemId('B', 'ada'), itemId('B', 'bob')];
    expect(itemFilter(ids)).toEqual({ _id: { $in: ids }, user: { $in: ['ada', 'bob'] } });
  });

  test('names the key of any number of trackers of one object', () => {
    const ids = users.map((user) => trackerId(user, 'project:p1'));
    expect(trackerFilter(ids)).toEqual({ _id: { $in: ids }, key: { $in: ['project:p1'] } });
  });

  test('names no users if they are many', () => {
    const ids = users.map((user) => itemId('A', user));
    expect(itemFilter(ids)).toEqual({ _id: { $in: ids } });
    expect(fewDistinct(ids.slice(1), userOfItem)).toHaveLength(MAX_TARGETS);
  });
});

test('the commands name the collections of the database', () => {
  expect(shardCommands(connection.useDb('hubbub-acme'))).toContainEqual({
    shardCollection: 'hubbub-acme.items',
    key: { user: 1 },
  });
});
