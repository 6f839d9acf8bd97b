/** Deleting objects and users, and recalling actions, while all else goes on and whoever deletes may die. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../core/deletion/delete-object.ts';
import { isOutdated, objectKeys } from '../../../core/deletion/refs.ts';
import { keyOf } from '../../../core/keys.ts';
import { logActions } from '../../../core/log.ts';
import { matchingOf } from '../../../core/matching.ts';
import { recall } from '../../../core/recall.ts';
import { track } from '../../../core/trackers/track.ts';
import type { Ref } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { deletionInput } from '../../../protocol/schemas/deletion.ts';
import { trackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import { expectAsFresh } from '../../support/model/as-fresh.ts';
import { Client } from '../../support/model/client.ts';
import * as world from '../../support/model/world.ts';

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
const end = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recall' as const), which: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object,
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
);
type Call = typeof log | typeof follow | typeof end extends fc.Arbitrary<infer T> ? T : never;
const going = fc.array(fc.oneof({ weight: 3, arbitrary: log }, { weight: 2, arbitrary: follow }), {
  maxLength: 4,
});

const scene = fc.record({
  settings: fc.record({
    groupingDelay: fc.constantFrom(-1, 60),
    regroup: fc.constantFrom('bump' as const, 'keep' as const),
  }),
  bounds: fc.option(world.bounds, { nil: undefined }),
  before: going,
  during: going,
  ends: fc.tuple(fc.array(end, { minLength: 1, maxLength: 2 }), fc.array(end, { maxLength: 1 })),
  /** At which of its calls to ports the first who deletes dies. */
  death: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  waits: fc.array(fc.constantFrom(1, 11_000), { maxLength: 2 }),
});

async function make(deps: Deps, call: Call, accepted: string[]): Promise<void> {
  switch (call.do) {
    case 'log': {
      const actions = batch.parse([call.action]);
      accepted.push(...(await logActions(deps, service, { actions, batch: true })));
      return;
    }
    case 'track': {
      const input = trackInput.parse({ to: call.to, actorOnly: false });
      return void (await track(deps, principal(call.user), [{ user: call.user, input, root: '' }]).catch(
        unlessGone,
      ));
    }
    case 'recall': {
      const id = accepted[call.which % Math.max(1, accepted.length)];
      return void (id === undefined || (await recall(deps, service, id).catch(unlessGone)));
    }
    case 'delete': {
      const { object, actions } = call;
      await deleteObject(deps, service, object, deletionInput.parse({ actions }));
    }
  }
}

const unlessGone = (error: Error): void => {
  if (!/deleted|no such/.test(error.message)) throw error;
};

class Died extends Error {}

function dyingAt(call: number, step: BeforeCall): BeforeCall {
  let calls = 0;
  return async (method) => {
    await step(method);
    calls += 1;
    if (calls >= call) throw new Died();
  };
}

/** What is wrong with what is stored, by what was deleted. */
async function wrongs(hub: MemoryHub) {
  const { actions, feeds, objects: store, trackers } = hub.stores;
  const deleted = await store.deleted(objects.map(keyOf));
  const deletedUsers = new Set(users.filter((user) => deleted.has(`user:${user}`)));
  const stored = actions.all();
  const left = [...deleted.values()].filter((each) => each.actions === 'delete');
  const expected: string[] = [];
  for (const action of stored) {
    for (const user of users) {
      if (deletedUsers.has(user)) continue;
      const keys = [...objects.map(keyOf), 'project'];
      const own = await trackers.byIds(keys.map((key) => `${key}\t${user}`));
      if (matchingOf(own, action).length > 0 || action.notify.includes(user))
        expected.push(`${action.id}:${user} ${action.rev}`);
    }
  }
  return {
    resurrected: stored.filter((action) =>
      left.some(({ key, pos }) => objectKeys(action).includes(key) && action.rev <= pos),
    ),
    outdated: stored.filter((action) => isOutdated(action, deleted)),
    tracking: (await Promise.all(left.map(({ key }) => trackers.scan({ key, limit: 10 })))).flat(),
    items: {
      found: feeds
        .all()
        .map(({ id, rev }) => `${id} ${rev}`)
        .sort(),
      expected: expected.sort(),
    },
  };
}

describe('whatever is deleted or recalled', () => {
  it('is gone, or shown as deleted, everywhere, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async (all, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ settings: all.settings, bounds: all.bounds, pause: step });
        const process = hub.process(step);
        const accepted: string[] = [];
        const doing = async (deps: Deps, calls: readonly Call[]) => {
          for (const each of calls) {
            await step();
            await make(deps, each, accepted);
          }
        };
        await scheduler.waitFor(doing(hub.deps, all.before));
        const clients = users.map((user) => new Client(user, process));
        hub.bus.listen(({ message }) => {
          for (const client of clients) {
            client.send(message);
            void step().then(() => client.deliver());
          }
        });
        const working = async () => {
          for (let round = 0; round < 3; round += 1) {
            await step();
            await hub.work(process, round === 0 ? 1 : undefined);
          }
        };
        const waiting = async () => {
          for (const each of all.waits) {
            await step();
            hub.time.advance(each);
          }
        };
        const mortal = hub.process(all.death === undefined ? step : dyingAt(all.death, step));
        const unlessDied = (error: unknown) => {
          if (!(error instanceof Died)) throw error;
        };
        await scheduler.waitFor(
          Promise.all([
            ...clients.map((client) => client.list()),
            doing(process, all.during),
            doing(mortal, all.ends[0]).catch(unlessDied),
            doing(process, all.ends[1]),
            working(),
            working(),
            waiting(),
          ]),
        );
        // After this nobody who died owes anything.
        hub.time.advance(61_000);
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        const { items, ...others } = await wrongs(hub);
        expect(others).toEqual({ resurrected: [], outdated: [], tracking: [] });
        expect(items.found).toEqual(items.expected);
        expect(hub.queue.allPending(SPACE)).toEqual([]);
        expect(hub.chores.all(SPACE)).toEqual([]);
        await expectAsFresh(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 1_000 },
    );
  });
});
