/** Actions in MongoDB behave as those in memory, which unit tests stand on. */
import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupKeys, keyOf } from '../../core/keys.ts';
import type { MergedAction, StoredAction } from '../../core/model.ts';
import type { ActionScan, ActionStore, Similar } from '../../core/ports/stores.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { Json, Ref } from '../../protocol/entities.ts';
import { MemoryActions } from '../support/memory/actions.ts';
import { ownServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let connection: mongoose.Connection;
let mongo: ActionStore;
beforeAll(async () => {
  services = await ownServices();
  const { mongodbUri } = services.config;
  connection = await mongoose.createConnection(mongodbUri, { autoIndex: false }).asPromise();
  mongo = (await new MongoSpaces(connection, mongodbUri).writer('default')).actions;
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

/** Both empty. */
async function stores(): Promise<ActionStore[]> {
  await connection.collection('actions').deleteMany({});
  return [new MemoryActions(), mongo];
}

/** What each store answers, of which both are the same. */
async function both<T>(of: readonly ActionStore[], ask: (store: ActionStore) => Promise<T>): Promise<T> {
  const [memory, found] = await Promise.all(of.map(ask));
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
const time = fc.constantFrom(-62_000_000_000_000, -1, 0, 1_000, 1_001, 2_000, 4_000_000_000_000);
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
  rev: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const merged = fc.record(
  {
    into: fc.constantFrom('a00', 'b'),
    outcome: fc.constantFrom('grouped' as const, 'combined' as const),
    via: fc.constantFrom('c'),
  },
  { requiredKeys: ['into', 'outcome'] },
);
const decided = fc
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
    by: fc.constantFrom('timestamp' as const, 'updatedAt' as const),
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
const similar: fc.Arbitrary<Similar> = fc
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

describe('what was decided', () => {
  test('is stored in order up to the first that was decided before, and stays', async () => {
    await fc.assert(
      fc.asyncProperty(decided, decided, fc.array(fc.nat(11)), async (first, second, places) => {
        const of = await stores();
        const early = first.filter((_, index) => places.includes(index));
        const pos = 5;
        expect(await both(of, (store) => store.insertInOrder(early, pos))).toBe(early.length);
        const inserted = await both(of, (store) => store.insertInOrder(second, pos));
        const conflict = second.findIndex(({ id }) => early.some((each) => each.id === id));
        expect(inserted).toBe(conflict < 0 ? second.length : conflict);
        const decisions = await both(of, (store) => store.decisions(ids));
        expect(decisions.size).toBe(early.length + inserted);
        await both(of, (store) => store.byIds(ids));
      }),
      { numRuns: 40 },
    );
  });

  test('can be changed by who knows the revision', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, content, async (first, second, third) => {
        const of = await stores();
        const [one, two, three] = [first, second, third].map((each) => ({ ...each, id: 'a00' }));
        if (!one || !two || !three) return;
        await both(of, (store) => store.insertInOrder([one], 5));
        expect(await both(of, (store) => store.replace(two, one.rev, 6))).toBe(true);
        await both(of, (store) => store.replace(three, one.rev, 7));
        await both(of, (store) => store.replace({ ...two, id: 'none' }, two.rev, 7));
        await both(of, (store) => store.decisions(['a00', 'none']));
        await both(of, (store) => store.find({ limit: 10 }));
      }),
      { numRuns: 30 },
    );
  });
});

describe('actions', () => {
  test('are found by everything that is asked for, newest first; what became part of others is not', async () => {
    await fc.assert(
      fc.asyncProperty(
        decided,
        fc.array(scan, { minLength: 10, maxLength: 20 }),
        fc.array(similar, { minLength: 5, maxLength: 10 }),
        async (all, scans, searches) => {
          const of = await stores();
          await both(of, (store) => store.insertInOrder(all, 5));
          for (const each of scans) await both(of, (store) => store.find(each));
          for (const each of searches) await both(of, (store) => store.similar(each));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('are found among more keys than are asked for at once, each once', async () => {
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
        timestamp: index % 100,
        updatedAt: index % 100,
        count: 1,
        notify: [],
        rev: 1,
      }),
    );
    await both(of, (store) => store.insertInOrder(all, 5));
    const keys = all.map(groupKeys);
    const query = {
      keys: {
        targets: keys.map((each) => each.targets),
        related: keys.map((each) => each.related),
        verb: [],
      },
      from: 10,
      to: 90,
    };
    const found = await both(of, (store) => store.similar({ ...query, limit: 1_000 }));
    expect(found).toHaveLength(all.filter(({ timestamp }) => timestamp >= 10 && timestamp <= 90).length);
    await both(of, (store) => store.similar({ ...query, limit: 7 }));
  });
});
