/** The MongoDB tracker store behaves like the in-memory one, which unit tests use. */
import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrackerMatch, TrackerVersion } from '../../core/model/entities.ts';
import { keyOf, trackerId } from '../../core/model/keys.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import type { TrackerPut, TrackerStore } from '../../core/ports/trackers.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { MemoryTrackers } from '../support/memory/trackers.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let connection: mongoose.Connection;
let mongo: TrackerStore;
beforeAll(async () => {
  services = await isolatedServices();
  const { mongodbUri } = services.config;
  connection = await mongoose.createConnection(mongodbUri, { autoIndex: false }).asPromise();
  mongo = (await new MongoSpaces(connection, mongodbUri).writer('default')).trackers;
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

const users = ['ada', 'ada-2', 'bob'];
// One key is a prefix of the other.
const objects = [{ type: 'a', id: '1' }, { type: 'a', id: '1:x' }, { type: 'a' }, { type: 'a-b' }];
const keys = objects.map(keyOf);
const ids = users.flatMap((user) => keys.map((key) => trackerId(user, key)));

const user = fc.constantFrom(...users);
const id = fc.constantFrom(...ids);
const verbs = fc.uniqueArray(fc.constantFrom('x', 'y'), { maxLength: 2 });
const put = fc
  .record({
    user,
    tracked: fc.constantFrom(...objects),
    verbs,
    actorOnly: fc.boolean(),
    createdAt: fc.integer({ min: 1, max: 9 }).map(asMillis),
    since: fc.option(fc.integer({ min: 10, max: 19 }).map(asMillis)),
  })
  .map((tracker): TrackerPut => ({ ...tracker, id: trackerId(tracker.user, keyOf(tracker.tracked)) }));
const step = fc.oneof(
  fc.record({
    do: fc.constant('put' as const),
    puts: fc.uniqueArray(put, { maxLength: 4, selector: (each) => each.id }),
  }),
  fc.record({ do: fc.constant('remove' as const), ids: fc.uniqueArray(id, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('end' as const), ids: fc.uniqueArray(id, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('date' as const), ids: fc.uniqueArray(id, { maxLength: 3 }) }),
  fc.record({
    do: fc.constant('narrow' as const),
    changes: fc.uniqueArray(fc.record({ id, from: verbs, to: verbs }), {
      maxLength: 3,
      selector: (each) => each.id,
    }),
  }),
);
const scan = fc.record({
  of: fc.oneof(
    user.map((user) => ({ user })),
    fc.constantFrom(...keys).map((key) => ({ key })),
  ),
  type: fc.option(fc.constantFrom('a', 'a-b'), { nil: undefined }),
  verb: fc.option(fc.constant('x'), { nil: undefined }),
  after: fc.option(id),
  limit: fc.integer({ min: 1, max: 4 }),
});

const byUserAndKey = (left: TrackerMatch, right: TrackerMatch) =>
  `${left.user} ${left.key}` < `${right.user} ${right.key}` ? -1 : 1;
const sorted = (matches: readonly TrackerMatch[]) => [...matches].sort(byUserAndKey);

async function chunksByKey(
  store: TrackerStore,
  key: string,
  after: string | null,
): Promise<TrackerMatch[][]> {
  const chunks: TrackerMatch[][] = [];
  for await (const chunk of store.byKey(key, after, 2)) chunks.push(chunk);
  return chunks;
}

async function pruneAll(store: TrackerStore): Promise<void> {
  for (const user of users) {
    const ended = await store.endedVersions([user]);
    await store.markRevalidated(
      user,
      ended.map(({ version }) => version),
    );
    await store.pruneEndedVersions(user);
  }
}

/** Without generated ids. */
const withoutVersion = <T extends TrackerVersion>({ version: _, startedBy: __, previous, ...each }: T) => ({
  ...each,
  endedBy: undefined,
  isFirst: previous === null,
});
const sortedById = <T>(all: readonly T[]): T[] =>
  all.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
const endedOf = async (store: TrackerStore, of: string) =>
  sortedById((await store.endedVersions([of])).map(withoutVersion));
const activeVersions = async (store: TrackerStore) =>
  sortedById((await store.currentVersions(ids)).map(withoutVersion));

test('trackers in MongoDB behave like the in-memory implementation', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(scan, { maxLength: 4 }),
      async (steps, scans) => {
        await mongo.remove(ids);
        await pruneAll(mongo);
        const memory = new MemoryTrackers();
        for (const [index, each] of steps.entries()) {
          const onBoth = async (change: (store: TrackerStore) => Promise<Iterable<string>>) =>
            expect([...(await change(mongo))].sort()).toEqual([...(await change(memory))].sort());
          const position = async () => asPosition(index + 1);
          if (each.do === 'put') await onBoth((store) => store.put(each.puts, position));
          else if (each.do === 'remove') await onBoth((store) => store.remove(each.ids));
          else if (each.do === 'end') await onBoth((store) => store.end(each.ids, position));
          else if (each.do === 'narrow') await onBoth((store) => store.narrowVerbs(each.changes, position));
          else
            for (const store of [mongo, memory])
              await store.setStartPosition(each.ids, asPosition(index + 1));
        }
        for (const each of users) expect(await endedOf(mongo, each)).toEqual(await endedOf(memory, each));
        expect(await activeVersions(mongo)).toEqual(await activeVersions(memory));
        await pruneAll(mongo);
        for (const each of users) expect(await mongo.endedVersions([each])).toEqual([]);
        for (const { of, ...rest } of scans) {
          expect(await mongo.scan({ ...of, ...rest })).toEqual(await memory.scan({ ...of, ...rest }));
        }
        for (const each of users) expect(await mongo.find(each, keys)).toEqual(await memory.find(each, keys));
        const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);
        expect((await mongo.get(ids)).sort(byId)).toEqual((await memory.get(ids)).sort(byId));
        expect(sorted(await mongo.byIds(ids))).toEqual(sorted(await memory.byIds(ids)));
        expect(sorted(await mongo.findByKeys(keys, 100))).toEqual(sorted(await memory.findByKeys(keys, 100)));
        for (const key of keys) {
          expect(await chunksByKey(mongo, key, 'ada')).toEqual(await chunksByKey(memory, key, 'ada'));
          expect(await chunksByKey(mongo, key, null)).toEqual(await chunksByKey(memory, key, null));
        }
      },
    ),
    { numRuns: 40 },
  );
}, 240_000);

test('the store keeps ended versions until all items of the user were revalidated', async () => {
  const tracked = { type: 'kept', id: '1' };
  const put = {
    user: 'cy',
    tracked,
    verbs: [] as string[],
    actorOnly: true,
    createdAt: asMillis(1),
    since: null,
  };
  const userTracker = { ...put, id: trackerId('cy', keyOf(tracked)) };
  await mongo.put([userTracker], async () => asPosition(1));
  await mongo.put([{ ...userTracker, verbs: ['x'] }], async () => asPosition(2));
  await mongo.end([userTracker.id], async () => asPosition(3));
  const [first, second] = await mongo.endedVersions(['cy']);
  expect([first?.end, second?.end]).toEqual([2, 3]);
  expect(second?.previous).toBe(first?.version);
  await mongo.markRevalidated('cy', [first?.version ?? '']);
  await mongo.pruneEndedVersions('cy');
  expect(await mongo.endedVersions(['cy'])).toHaveLength(2);
  await mongo.markRevalidated('cy', [second?.version ?? '']);
  await mongo.pruneEndedVersions('cy');
  expect(await mongo.endedVersions(['cy'])).toEqual([]);
});

test('only one of many concurrent calls creates the tracker', async () => {
  for (let round = 0; round < 20; round += 1) {
    const tracked = { type: 'round', id: String(round) };
    const put = { user: 'ada', tracked, verbs: [], actorOnly: true, createdAt: asMillis(1), since: null };
    const userTracker = { ...put, id: trackerId('ada', keyOf(tracked)) };
    const created = await Promise.all(
      Array.from({ length: 8 }, () => mongo.put([userTracker], async () => asPosition(1))),
    );
    expect(created.flatMap((ids) => [...ids])).toEqual([userTracker.id]);
  }
});
