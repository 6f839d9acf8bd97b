/** Trackers in MongoDB behave as those in memory, which unit tests stand on. */
import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, trackerId } from '../../core/keys.ts';
import type { TrackerMatch, TrackerVersion } from '../../core/model.ts';
import type { TrackerPut, TrackerStore } from '../../core/ports/stores.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { MemoryTrackers } from '../support/memory/trackers.ts';
import { ownServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let connection: mongoose.Connection;
let mongo: TrackerStore;
beforeAll(async () => {
  services = await ownServices();
  const { mongodbUri } = services.config;
  connection = await mongoose.createConnection(mongodbUri, { autoIndex: false }).asPromise();
  mongo = (await new MongoSpaces(connection, mongodbUri).writer('default')).trackers;
});
afterAll(async () => {
  await connection.close();
  await services.remove();
});

const users = ['ada', 'ada-2', 'bob'];
// Keys of which one begins with the other.
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
    createdAt: fc.integer({ min: 1, max: 9 }),
    since: fc.option(fc.integer({ min: 10, max: 19 })),
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

async function ofKey(store: TrackerStore, key: string, after: string | null): Promise<TrackerMatch[][]> {
  const chunks: TrackerMatch[][] = [];
  for await (const chunk of store.ofKey(key, after, 2)) chunks.push(chunk);
  return chunks;
}

async function forgetAll(store: TrackerStore): Promise<void> {
  for (const user of users) {
    await store.looked((await store.ended([user])).map(({ version }) => version));
    await store.forget(user);
  }
}

/** Without the names that stores make up. */
const bare = <T extends TrackerVersion>({ version: _, begunBy: __, previous, ...each }: T) => ({
  ...each,
  endedBy: undefined,
  isFirst: previous === null,
});
const inOrder = <T>(all: readonly T[]): T[] =>
  all.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
const endedOf = async (store: TrackerStore, of: string) => inOrder((await store.ended([of])).map(bare));
const standingOf = async (store: TrackerStore) => inOrder((await store.versions(ids)).map(bare));

test('as in memory', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(scan, { maxLength: 4 }),
      async (steps, scans) => {
        await mongo.remove(ids);
        await forgetAll(mongo);
        const memory = new MemoryTrackers();
        for (const [index, each] of steps.entries()) {
          const both = async (change: (store: TrackerStore) => Promise<Iterable<string>>) =>
            expect([...(await change(mongo))].sort()).toEqual([...(await change(memory))].sort());
          const position = async () => index + 1;
          if (each.do === 'put') await both((store) => store.put(each.puts, position));
          else if (each.do === 'remove') await both((store) => store.remove(each.ids));
          else if (each.do === 'end') await both((store) => store.end(each.ids, position));
          else if (each.do === 'narrow') await both((store) => store.narrow(each.changes, position));
          else for (const store of [mongo, memory]) await store.date(each.ids, index + 1);
        }
        for (const each of users) expect(await endedOf(mongo, each)).toEqual(await endedOf(memory, each));
        expect(await standingOf(mongo)).toEqual(await standingOf(memory));
        await forgetAll(mongo);
        for (const each of users) expect(await mongo.ended([each])).toEqual([]);
        for (const { of, ...rest } of scans) {
          expect(await mongo.scan({ ...of, ...rest })).toEqual(await memory.scan({ ...of, ...rest }));
        }
        for (const each of users) expect(await mongo.find(each, keys)).toEqual(await memory.find(each, keys));
        const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);
        expect((await mongo.get(ids)).sort(byId)).toEqual((await memory.get(ids)).sort(byId));
        expect(sorted(await mongo.byIds(ids))).toEqual(sorted(await memory.byIds(ids)));
        expect(sorted(await mongo.some(keys, 100))).toEqual(sorted(await memory.some(keys, 100)));
        for (const key of keys) {
          expect(await ofKey(mongo, key, 'ada')).toEqual(await ofKey(memory, key, 'ada'));
          expect(await ofKey(mongo, key, null)).toEqual(await ofKey(memory, key, null));
        }
      },
    ),
    { numRuns: 40 },
  );
}, 240_000);

test('keeps the versions that ended while the items of one have not been looked at', async () => {
  const tracked = { type: 'kept', id: '1' };
  const put = { user: 'cy', tracked, verbs: [] as string[], actorOnly: true, createdAt: 1, since: null };
  const mine = { ...put, id: trackerId('cy', keyOf(tracked)) };
  await mongo.put([mine], async () => 1);
  await mongo.put([{ ...mine, verbs: ['x'] }], async () => 2);
  await mongo.end([mine.id], async () => 3);
  const [first, second] = await mongo.ended(['cy']);
  expect([first?.end, second?.end]).toEqual([2, 3]);
  expect(second?.previous).toBe(first?.version);
  await mongo.looked([first?.version ?? '']);
  await mongo.forget('cy');
  expect(await mongo.ended(['cy'])).toHaveLength(2);
  await mongo.looked([second?.version ?? '']);
  await mongo.forget('cy');
  expect(await mongo.ended(['cy'])).toEqual([]);
});

test('of many who create a tracker at once, one is told that it did', async () => {
  for (let round = 0; round < 20; round += 1) {
    const tracked = { type: 'round', id: String(round) };
    const put = { user: 'ada', tracked, verbs: [], actorOnly: true, createdAt: 1, since: null };
    const mine = { ...put, id: trackerId('ada', keyOf(tracked)) };
    const created = await Promise.all(Array.from({ length: 8 }, () => mongo.put([mine], async () => 1)));
    expect(created.flatMap((ids) => [...ids])).toEqual([mine.id]);
  }
});
