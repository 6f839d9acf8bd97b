/** Deletions and recalls, concurrent with everything else, by processes that may crash. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { recall } from '../../../../core/deletion/recall.ts';
import { needsTombstone, objectKeys } from '../../../../core/model/deleted-refs.ts';
import { keyOf } from '../../../../core/model/keys.ts';
import { findMatchingTrackers } from '../../../../core/model/matching.ts';
import { track } from '../../../../core/trackers/track.ts';
import type { Ref } from '../../../../protocol/entities.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { deletionInput } from '../../../../protocol/schemas/deletion.ts';
import { trackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';
import type { BeforeCall } from '../../../support/memory/intercept.ts';
import { Client } from '../../../support/model/client.ts';
import { expectConverged } from '../../../support/model/expect-converged.ts';
import * as world from '../../../support/model/world.ts';

const users = ['ada', 'bob'];
const objects: Ref[] = [
  { type: 'project', id: 'p1' },
  { type: 'project', id: 'p2' },
  { type: 'user', id: 'ada' },
];
const object = fc.constantFrom(...objects);

const log = fc.record({
  do: fc.constant('log' as const),
  action: fc.record({
    actor: object,
    verb: fc.constant('wrote'),
    targets: fc.subarray(objects, { maxLength: 2 }),
    notify: fc.subarray(users),
  }),
});
const follow = fc.record({
  do: fc.constant('track' as const),
  user: fc.constantFrom(...users),
  to: fc.constantFrom<Ref | { type: string }>(...objects, { type: 'project' }),
});
const deletion = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recall' as const), index: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object,
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
);
type Call = typeof log | typeof follow | typeof deletion extends fc.Arbitrary<infer T> ? T : never;
const ongoing = fc.array(fc.oneof({ weight: 3, arbitrary: log }, { weight: 2, arbitrary: follow }), {
  maxLength: 4,
});

const scenario = fc.record({
  settings: fc.record({
    groupingDelay: fc.constantFrom(-1, 60),
    regroup: fc.constantFrom('bump' as const, 'keep' as const),
  }),
  bounds: fc.option(world.bounds, { nil: undefined }),
  before: ongoing,
  during: ongoing,
  deletions: fc.tuple(
    fc.array(deletion, { minLength: 1, maxLength: 2 }),
    fc.array(deletion, { maxLength: 1 }),
  ),
  /** The call to a port at which the first deleting process crashes. */
  crashAtCall: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  delays: fc.array(fc.constantFrom(1, 11_000), { maxLength: 2 }),
});

async function applyCall(deps: Deps, call: Call, accepted: string[]): Promise<void> {
  switch (call.do) {
    case 'log': {
      const actions = batch.parse([call.action]);
      accepted.push(...(await acceptActions(deps, service, { actions, batch: true })));
      return;
    }
    case 'track': {
      const input = trackInput.parse({ to: call.to, actorOnly: false });
      return void (await track(deps, principal(call.user), [
        { user: call.user, input, pathPrefix: '' },
      ]).catch(ignoreGone));
    }
    case 'recall': {
      const id = accepted[call.index % Math.max(1, accepted.length)];
      return void (id === undefined || (await recall(deps, service, id).catch(ignoreGone)));
    }
    case 'delete': {
      const { object, actions } = call;
      await deleteObject(deps, service, object, deletionInput.parse({ actions }));
    }
  }
}

const ignoreGone = (error: Error): void => {
  if (!/deleted|no such/.test(error.message)) throw error;
};

class SimulatedCrash extends Error {}

function crashAt(call: number, step: BeforeCall): BeforeCall {
  let calls = 0;
  return async (method, port) => {
    await step(method, port);
    calls += 1;
    if (calls >= call) throw new SimulatedCrash();
  };
}

/** Stored actions, trackers and items that contradict the deletions. */
async function findFaults(hub: MemoryHub) {
  const { actions, feeds, objects: store, trackers } = hub.stores;
  const deleted = await store.deleted(objects.map(keyOf));
  const deletedUsers = new Set(users.filter((user) => deleted.has(`user:${user}`)));
  const stored = actions.all();
  const deletedObjects = [...deleted.values()].filter((each) => each.actions === 'delete');
  const expected: string[] = [];
  for (const action of stored) {
    for (const user of users) {
      if (deletedUsers.has(user)) continue;
      const keys = [...objects.map(keyOf), 'project'];
      const found = await trackers.byIds(keys.map((key) => `${key}\t${user}`));
      if (findMatchingTrackers(found, action).length > 0 || action.notify.includes(user))
        expected.push(`${action.id}:${user} ${action.version}`);
    }
  }
  return {
    resurrected: stored.filter((action) =>
      deletedObjects.some(
        ({ key, position }) => objectKeys(action).includes(key) && action.version <= position,
      ),
    ),
    outdated: stored.filter((action) => needsTombstone(action, deleted)),
    tracking: (await Promise.all(deletedObjects.map(({ key }) => trackers.scan({ key, limit: 10 })))).flat(),
    items: {
      found: feeds
        .all()
        .map(({ id, version }) => `${id} ${version}`)
        .sort(),
      expected: expected.sort(),
    },
  };
}

describe('any deletions and recalls', () => {
  it('remove the deleted objects or replace them by tombstones everywhere, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.scheduler(), async (all, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ settings: all.settings, bounds: all.bounds, pause: step });
        const process = hub.process(step);
        const accepted: string[] = [];
        const applyCalls = async (deps: Deps, calls: readonly Call[]) => {
          for (const each of calls) {
            await step();
            await applyCall(deps, each, accepted);
          }
        };
        await scheduler.waitFor(applyCalls(hub.deps, all.before));
        const clients = users.map((user) => new Client(user, process));
        hub.bus.listen(({ message }) => {
          for (const client of clients) {
            client.send(message);
            void step().then(() => client.deliver());
          }
        });
        const runWorkers = async () => {
          for (let round = 0; round < 3; round += 1) {
            await step();
            await hub.work(process, round === 0 ? 1 : undefined);
          }
        };
        const advanceTime = async () => {
          for (const each of all.delays) {
            await step();
            hub.time.advance(each);
          }
        };
        const crashingWorker = hub.process(
          all.crashAtCall === undefined ? step : crashAt(all.crashAtCall, step),
        );
        const ignoreCrash = (error: unknown) => {
          if (!(error instanceof SimulatedCrash)) throw error;
        };
        await scheduler.waitFor(
          Promise.all([
            ...clients.map((client) => client.list()),
            applyCalls(process, all.during),
            applyCalls(crashingWorker, all.deletions[0]).catch(ignoreCrash),
            applyCalls(process, all.deletions[1]),
            runWorkers(),
            runWorkers(),
            advanceTime(),
          ]),
        );
        // Now the crashed process's in-flight writes and leases have expired.
        hub.time.advance(61_000);
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        const { items, ...others } = await findFaults(hub);
        expect(others).toEqual({ resurrected: [], outdated: [], tracking: [] });
        expect(items.found).toEqual(items.expected);
        expect(hub.queue.allPending(SPACE)).toEqual([]);
        expect(hub.tasks.all(SPACE)).toEqual([]);
        await expectConverged(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 1_000 },
    );
  });
});
