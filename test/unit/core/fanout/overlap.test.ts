/** Concurrent log, track, untrack, recall, delete and mark calls leave a consistent state. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { recall } from '../../../../core/deletion/recall.ts';
import { markFeed } from '../../../../core/feed/write/mark.ts';
import { findMatchingTrackers, isOwn } from '../../../../core/model/matching.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import type { Ref } from '../../../../protocol/entities.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { markInput } from '../../../../protocol/schemas/calls.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';
import type { BeforeCall } from '../../../support/memory/intercept.ts';
import { Client } from '../../../support/model/client.ts';
import { expectConverged } from '../../../support/model/expect-converged.ts';
import * as world from '../../../support/model/world.ts';

const objects = ['project:p1', 'project:p2'];
const trackables = [...objects, 'project', 'issue:i1', 'user:ada', 'user:bob', 'user'];
const trackable = fc.constantFrom(...trackables);
const verbs = ['opened', 'closed'];
const users = ['ada', 'bob'];
const user = fc.constantFrom(...users);

const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      actor: fc.constantFrom(...objects, 'user:ada', null),
      verb: fc.constantFrom(...verbs),
      targets: fc.subarray([...objects, 'user:bob'], { maxLength: 2 }),
      related: fc.subarray([...objects, 'issue:i1'], { maxLength: 1 }),
      level: fc.constantFrom(30, 30, 10),
      notify: fc.subarray(users, { maxLength: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      user,
      object: trackable,
      verbs: fc.subarray(verbs, { maxLength: 1 }),
      actorOnly: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('untrack' as const),
      user,
      object: trackable,
      verbs: fc.option(fc.subarray(verbs, { minLength: 1, maxLength: 1 }), { freq: 3, nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall' as const), index: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      object: fc.constantFrom(...objects, 'user:bob'),
      actions: fc.constantFrom('keep' as const, 'delete' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), user }) },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;
const calls = fc.array(call, { minLength: 1, maxLength: 5 });

/** Ada may not see actions whose target is p2. */
const visible = ({ targets }: { targets: readonly Ref[] }, requestedUsers: readonly string[]) =>
  requestedUsers.filter((user) => user !== 'ada' || !targets.some(({ id }) => id === 'p2'));
const settings = fc.record({
  regroup: fc.constantFrom('bump' as const, 'keep' as const),
  groupingDelay: fc.constantFrom(-1, 0, 60),
  ownActions: world.ownActions,
  visible: fc.constantFrom(null, visible),
});
const delays = fc.array(fc.constantFrom(1, 31_000, 61_000), { maxLength: 2 });

/** Ids of the accepted actions so far. */
type Accepted = string[];

async function applyCall(deps: Deps, call: Call, accepted: Accepted): Promise<void> {
  switch (call.do) {
    case 'log': {
      const { do: _, ...action } = call;
      accepted.push(
        // One action of the generated level and one of the readable level, which may be the same.
        ...(await acceptActions(deps, service, {
          actions: batch.parse([action, { ...action, level: 30 }]),
          batch: true,
        })),
      );
      return;
    }
    case 'track': {
      const { object: to, verbs, actorOnly } = call;
      const input = trackInput.parse({ to, verbs, actorOnly });
      await track(deps, principal(call.user), [{ user: call.user, input, pathPrefix: '' }]).catch(
        ignoreError('deleted'),
      );
      return;
    }
    case 'untrack': {
      const input = untrackInput.parse({ from: call.object, verbs: call.verbs });
      await untrack(deps, principal(call.user), call.user, input).catch(ignoreError('all verbs'));
      return;
    }
    case 'recall': {
      const id = accepted[call.index % Math.max(1, accepted.length)];
      if (id !== undefined) await recall(deps, service, id).catch(ignoreError('no such'));
      return;
    }
    case 'delete': {
      const [type = '', id = ''] = call.object.split(':');
      await deleteObject(deps, service, { type, id }, { actions: call.actions });
      return;
    }
    case 'read': {
      const input = markInput.parse({ all: true });
      await markFeed(deps, principal(call.user), { user: call.user, mark: 'read', input, origin: null });
    }
  }
}

const ignoreError =
  (text: string) =>
  (error: Error): void => {
    if (!error.message.includes(text)) throw error;
  };

/** The item ids and versions that rule 2 requires for the stored trackers and actions. */
async function expectedItems(hub: MemoryHub): Promise<string[]> {
  const { settings, stores } = hub;
  const expected: string[] = [];
  const deleted = await stores.objects.deleted(users.map((user) => `user:${user}`));
  for (const action of stores.actions.all().filter(({ level }) => level >= 30)) {
    for (const user of settings.visible ? visible(action, users) : users) {
      if (deleted.has(`user:${user}`)) continue;
      if (settings.ownActions === 'hide' && isOwn(action, user, settings)) continue;
      const trackers = await stores.trackers.byIds(trackables.map((key) => `${key}\t${user}`));
      if (findMatchingTrackers(trackers, action).length > 0 || action.notify.includes(user)) {
        expected.push(`${action.id}:${user} ${action.version}`);
      }
    }
  }
  return expected.sort();
}

const itemsOf = (hub: MemoryHub): string[] =>
  hub.stores.feeds
    .all()
    .map(({ id, version }) => `${id} ${version}`)
    .sort();

class SimulatedCrash extends Error {}

function crashAt(call: number, step: BeforeCall): BeforeCall {
  let calls = 0;
  return async (method, port) => {
    await step(method, port);
    calls += 1;
    if (calls >= call) throw new SimulatedCrash();
  };
}

const scenario = fc.record({
  settings,
  bounds: fc.option(world.bounds, { nil: undefined }),
  connected: fc.subarray(users),
  first: calls,
  all: fc.tuple(calls, calls),
  delays,
  /** The call to a port at which the second worker crashes. */
  crashAtCall: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});

describe('any overlapping operations', () => {
  it('leave exactly the eligible items in feeds, and clients show them', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.scheduler(), async (scenario, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ settings: scenario.settings, bounds: scenario.bounds, pause: step });
        hub.connectedUsers.users = scenario.connected;
        const caller = hub.process(step);
        const accepted: Accepted = [];
        const setUp = async () => {
          for (const each of scenario.first) await applyCall(hub.deps, each, accepted);
          await hub.work();
        };
        await scheduler.waitFor(setUp());
        const clients = users.map((each) => new Client(each, caller));
        // The actions that a client watching everything shows.
        const watched = new Set<string>();
        hub.bus.listen(({ message }) => {
          if (message.kind === 'actions') {
            for (const { id } of message.actions) watched.add(id);
            for (const { id } of message.removed) watched.delete(id);
          }
          for (const client of clients) {
            client.send(message);
            void step().then(() => client.deliver());
          }
        });
        const applyCalls = async (some: readonly Call[]) => {
          for (const each of some) {
            await step();
            await applyCall(caller, each, accepted);
          }
        };
        const runWorkers = async (before: BeforeCall) => {
          const worker = hub.process(before);
          for (let round = 0; round < 4; round += 1) {
            await step();
            await hub.work(worker, round === 0 ? 1 : undefined);
          }
        };
        const crashingWorker = runWorkers(
          scenario.crashAtCall === undefined ? step : crashAt(scenario.crashAtCall, step),
        );
        const advanceTime = async () => {
          for (const each of scenario.delays) {
            await step();
            hub.time.advance(each);
          }
        };
        const ignoreCrash = (error: unknown) => {
          if (!(error instanceof SimulatedCrash)) throw error;
        };
        await scheduler.waitFor(
          Promise.all([
            ...clients.map((client) => client.list()),
            ...scenario.all.map(applyCalls),
            runWorkers(step),
            crashingWorker.catch(ignoreCrash),
            advanceTime(),
          ]),
        );
        // Now the crashed worker's in-flight writes and leases have expired.
        hub.time.advance(31_000);
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        expect(itemsOf(hub)).toEqual(await expectedItems(hub));
        // A worker that crashes between deleting an action and publishing that leaves watches unchanged.
        const stored = hub.stores.actions.all().map(({ id }) => id);
        if (scenario.crashAtCall === undefined) expect(stored).toEqual(expect.arrayContaining([...watched]));
        expect(hub.queue.allPending(SPACE)).toEqual([]);
        await expectConverged(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 500 },
    );
  });
});
