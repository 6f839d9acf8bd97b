/** Trackers in MongoDB behave as those in memory, which unit tests stand on. */
import fc from 'fast-check';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, trackerId } from '../../core/keys.ts';
import type { TrackerMatch } from '../../core/model.ts';
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

test('as in memory', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(scan, { maxLength: 4 }),
      async (steps, scans) => {
        await mongo.remove(ids);
        const memory = new MemoryTrackers();
        for (const each of steps) {
          if (each.do === 'put') expect(await mongo.put(each.puts)).toEqual(await memory.put(each.puts));
          else if (each.do === 'remove')
            expect((await mongo.remove(each.ids)).toSorted()).toEqual(
              (await memory.remove(each.ids)).toSorted(),
            );
          else
            expect((await mongo.narrow(each.changes)).toSorted()).toEqual(
              (await memory.narrow(each.changes)).toSorted(),
            );
        }
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
});

test('of many who create a tracker at once, one is told that it did', async () => {
  for (let round = 0; round < 20; round += 1) {
    const tracked = { type: 'round', id: String(round) };
    const put = { user: 'ada', tracked, verbs: [], actorOnly: true, createdAt: 1, since: null };
    const mine = { ...put, id: trackerId('ada', keyOf(tracked)) };
    const created = await Promise.all(Array.from({ length: 8 }, () => mongo.put([mine])));
    expect(created.flatMap((ids) => [...ids])).toEqual([mine.id]);
  }
});
