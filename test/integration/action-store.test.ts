/** The MongoDB action store behaves like the in-memory one, which unit tests use. */
import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MergedAction, StoredAction } from '../../core/model/entities.ts';
import { groupKeys, keyOf } from '../../core/model/keys.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import type { ActionScan, ActionStore, SimilarityQuery } from '../../core/ports/actions.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { Json, Ref } from '../../protocol/entities.ts';
import { MemoryActions } from '../support/memory/actions.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let connection: mongoose.Connection;
let mongo: ActionStore;
beforeAll(async () => {
  services = await isolatedServices();
  const { mongodbUri } = services.config;
  connection = await mongoose.createConnection(mongodbUri, { autoIndex: false }).asPromise();
  mongo = (await new MongoSpaces(connection, mongodbUri).writer('default')).actions;
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

/** Two empty stores. */
async function stores(): Promise<ActionStore[]> {
  await connection.collection('actions').deleteMany({});
  return [new MemoryActions(), mongo];
}

/** Runs a call on both stores, and expects the same result. */
async function onBoth<T>(of: readonly ActionStore[], run: (store: ActionStore) => Promise<T>): Promise<T> {
  const [memory, found] = await Promise.all(of.map(run));
  expect(found).toEqual(memory);
  return found as T;
}

const objects: Ref[] = [
  { type: 'user', id: 'ada' },
  { type: 'issue', id: '1', name: 'Login', url: '/1' },
  { type: 'issue', id: '1:x' },
  { type: 'project', id: 'p' },
];
const object = fc.constantFrom(...objects);
const time = fc
  .constantFrom(-62_000_000_000_000, -1, 0, 1_000, 1_001, 2_000, 4_000_000_000_000)
  .map(asMillis);
const verb = fc.constantFrom('opened', 'closed');
const data = fc.constantFrom<Record<string, Json>>(
  {},
  JSON.parse('{"$set": {"a.b": [null, 1.5, "\\u0000"]}, "__proto__": {"x": {}}}'),
);
const content = fc.record({
  actor: fc.option(object),
  verb,
  targets: fc.uniqueArray(object, { maxLength: 2, selector: keyOf }),
  related: fc.uniqueArray(object, { maxLength: 1, selector: keyOf }),
  level: fc.constantFrom(0, 30, 40),
  data,
  timestamp: time,
  updatedAt: time,
  count: fc.constantFrom(1, 2),
  notify: fc.constantFrom<string[]>([], ['ada', 'bob']),
  version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const merged = fc.record(
  {
    into: fc.constantFrom('a00', 'b'),
    outcome: fc.constantFrom('grouped' as const, 'combined' as const),
    combinedInto: fc.constantFrom('c'),
  },
  { requiredKeys: ['into', 'outcome'] },
);
const resolved = fc
  .array(fc.oneof({ weight: 3, arbitrary: content }, merged), { minLength: 1, maxLength: 12 })
  .map((all) =>
    all.map((each, index): StoredAction | MergedAction => ({
      ...each,
      id: `a${String(index).padStart(2, '0')}`,
    })),
  );
const place = {
  since: time,
  until: time,
  after: fc.record({ time, id: fc.constantFrom('a00', 'a04', 'b') }),
  limit: fc.constantFrom(1, 3, 100),
};
const key = object.map(keyOf);
const scan: fc.Arbitrary<ActionScan> = fc.record(
  {
    ...place,
    sortBy: fc.constantFrom('timestamp' as const, 'updatedAt' as const),
    key: fc.oneof(key, fc.constantFrom('issue', 'user', 'nothing')),
    actor: key,
    target: key,
    related: key,
    verbs: fc.uniqueArray(verb),
    isMerged: fc.constant(true as const),
    level: fc.constantFrom(30, 40),
  },
  { requiredKeys: ['limit'] },
);
const similar: fc.Arbitrary<SimilarityQuery> = fc
  .record({
    like: fc.array(content, { maxLength: 2 }),
    parts: fc.subarray(['targets', 'related', 'verb'] as const),
    from: time,
    to: time,
    after: fc.option(place.after),
    limit: place.limit,
  })
  .map(({ like, parts, ...rest }) => {
    const keys = like.map(groupKeys);
    const of = (part: (typeof parts)[number]) => (parts.includes(part) ? keys.map((each) => each[part]) : []);
    return { ...rest, keys: { targets: of('targets'), related: of('related'), verb: of('verb') } };
  });

const ids = Array.from({ length: 13 }, (_, index) => `a${String(index).padStart(2, '0')}`);

describe('resolutions', () => {
  test('are stored in order up to the first that exists, and stay', async () => {
    await fc.assert(
      fc.asyncProperty(resolved, resolved, fc.array(fc.nat(11)), async (first, second, places) => {
        const of = await stores();
        const early = first.filter((_, index) => places.includes(index));
        const position = 5;
        expect(await onBoth(of, (store) => store.insertInOrder(early, asPosition(position)))).toBe(
          early.length,
        );
        const inserted = await onBoth(of, (store) => store.insertInOrder(second, asPosition(position)));
        const conflict = second.findIndex(({ id }) => early.some((each) => each.id === id));
        expect(inserted).toBe(conflict < 0 ? second.length : conflict);
        const resolutions = await onBoth(of, (store) => store.resolutions(ids));
        expect(resolutions.size).toBe(early.length + inserted);
        await onBoth(of, (store) => store.byIds(ids));
      }),
      { numRuns: 40 },
    );
  });

  test('can be changed with the current version', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, content, async (first, second, third) => {
        const of = await stores();
        const [one, two, three] = [first, second, third].map((each) => ({ ...each, id: 'a00' }));
        if (!one || !two || !three) return;
        await onBoth(of, (store) => store.insertInOrder([one], asPosition(5)));
        expect(await onBoth(of, (store) => store.replace(two, one.version, asPosition(6)))).toBe(true);
        await onBoth(of, (store) => store.replace(three, one.version, asPosition(7)));
        await onBoth(of, (store) => store.replace({ ...two, id: 'none' }, two.version, asPosition(7)));
        await onBoth(of, (store) => store.resolutions(['a00', 'none']));
        await onBoth(of, (store) => store.find({ limit: 10 }));
      }),
      { numRuns: 30 },
    );
  });
});

describe('actions', () => {
  test('are found by every condition, newest first, without merged ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        resolved,
        fc.array(scan, { minLength: 10, maxLength: 20 }),
        fc.array(similar, { minLength: 5, maxLength: 10 }),
        async (all, scans, searches) => {
          const of = await stores();
          await onBoth(of, (store) => store.insertInOrder(all, asPosition(5)));
          for (const each of scans) {
            await onBoth(of, (store) => store.find(each));
            await onBoth(of, (store) => store.findOutlines(each));
          }
          for (const each of searches) await onBoth(of, (store) => store.findSimilar(each));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('are found among more keys than one query takes, each once', async () => {
    const of = await stores();
    const all = Array.from(
      { length: 450 },
      (_, index): StoredAction => ({
        id: `x${String(index).padStart(3, '0')}`,
        actor: null,
        verb: 'opened',
        targets: [{ type: 'issue', id: String(index) }],
        related: [],
        level: 30,
        data: {},
        timestamp: asMillis(index % 100),
        updatedAt: asMillis(index % 100),
        count: 1,
        notify: [],
        version: 1,
      }),
    );
    await onBoth(of, (store) => store.insertInOrder(all, asPosition(5)));
    const keys = all.map(groupKeys);
    const query = {
      keys: {
        targets: keys.map((each) => each.targets),
        related: keys.map((each) => each.related),
        verb: [],
      },
      from: asMillis(10),
      to: asMillis(90),
    };
    const found = await onBoth(of, (store) => store.findSimilar({ ...query, limit: 1_000 }));
    expect(found).toHaveLength(all.filter(({ timestamp }) => timestamp >= 10 && timestamp <= 90).length);
    await onBoth(of, (store) => store.findSimilar({ ...query, limit: 7 }));
  });
});
