/** Logging, grouping, tracking, untracking, recalling, deleting and marking, all at once: nothing is left behind. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../core/deletion/delete-object.ts';
import { markFeed } from '../../../core/feed/mark.ts';
import { logActions } from '../../../core/log.ts';
import { isOwn, matchingOf } from '../../../core/matching.ts';
import { recall } from '../../../core/recall.ts';
import { track } from '../../../core/trackers/track.ts';
import { untrack } from '../../../core/trackers/untrack.ts';
import type { Ref } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import { expectAsFresh } from '../../support/model/as-fresh.ts';
import { Client } from '../../support/model/client.ts';
import * as world from '../../support/model/world.ts';

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
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recall' as const), which: fc.nat(5) }) },
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

/** Ada may not see what happens to p2. */
const visible = ({ targets }: { targets: readonly Ref[] }, asked: readonly string[]) =>
  asked.filter((user) => user !== 'ada' || !targets.some(({ id }) => id === 'p2'));
const settings = fc.record({
  regroup: fc.constantFrom('bump' as const, 'keep' as const),
  groupingDelay: fc.constantFrom(-1, 0, 60),
  ownActions: world.ownActions,
  visible: fc.constantFrom(null, visible),
});
const waits = fc.array(fc.constantFrom(1, 31_000, 61_000), { maxLength: 2 });

/** Ids that were accepted so far. */
type Accepted = string[];

async function make(deps: Deps, call: Call, accepted: Accepted): Promise<void> {
  switch (call.do) {
    case 'log': {
      const { do: _, ...action } = call;
      accepted.push(
        // One that can be read and one that cannot, or twice the same.
        ...(await logActions(deps, service, {
          actions: batch.parse([action, { ...action, level: 30 }]),
          batch: true,
        })),
      );
      return;
    }
    case 'track': {
      const { object: to, verbs, actorOnly } = call;
      const input = trackInput.parse({ to, verbs, actorOnly });
      await track(deps, principal(call.user), [{ user: call.user, input, root: '' }]).catch(
        unless('deleted'),
      );
      return;
    }
    case 'untrack': {
      const input = untrackInput.parse({ from: call.object, verbs: call.verbs });
      await untrack(deps, principal(call.user), call.user, input).catch(unless('all verbs'));
      return;
    }
    case 'recall': {
      const id = accepted[call.which % Math.max(1, accepted.length)];
      if (id !== undefined) await recall(deps, service, id).catch(unless('no such'));
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

const unless =
  (refusal: string) =>
  (error: Error): void => {
    if (!error.message.includes(refusal)) throw error;
  };

/** What rule 2 says is in the feeds, by the trackers and actions that are there: ids of items and revisions. */
async function belonging(hub: MemoryHub): Promise<string[]> {
  const { settings, stores } = hub;
  const members: string[] = [];
  const deleted = await stores.objects.deleted(users.map((user) => `user:${user}`));
  for (const action of stores.actions.all().filter(({ level }) => level >= 30)) {
    for (const user of settings.visible ? visible(action, users) : users) {
      if (deleted.has(`user:${user}`)) continue;
      if (settings.ownActions === 'hide' && isOwn(action, user, settings)) continue;
      const trackers = await stores.trackers.byIds(trackables.map((key) => `${key}\t${user}`));
      if (matchingOf(trackers, action).length > 0 || action.notify.includes(user)) {
        members.push(`${action.id}:${user} ${action.rev}`);
      }
    }
  }
  return members.sort();
}

const itemsOf = (hub: MemoryHub): string[] =>
  hub.stores.feeds
    .all()
    .map(({ id, rev }) => `${id} ${rev}`)
    .sort();

class Died extends Error {}

function dyingAt(call: number, step: BeforeCall): BeforeCall {
  let calls = 0;
  return async (method) => {
    await step(method);
    calls += 1;
    if (calls >= call) throw new Died();
  };
}

const scene = fc.record({
  settings,
  bounds: fc.option(world.bounds, { nil: undefined }),
  first: calls,
  all: fc.tuple(calls, calls),
  waits,
  /** At which of its calls to ports the second worker dies. */
  death: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});

describe('whatever overlaps', () => {
  it('leaves in feeds what belongs there, and clients show it', async () => {
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async (scene, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ settings: scene.settings, bounds: scene.bounds, pause: step });
        const caller = hub.process(step);
        const accepted: Accepted = [];
        const setUp = async () => {
          for (const each of scene.first) await make(hub.deps, each, accepted);
          await hub.work();
        };
        await scheduler.waitFor(setUp());
        const clients = users.map((each) => new Client(each, caller));
        // What somebody who watches everything is left with.
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
        const doing = async (some: readonly Call[]) => {
          for (const each of some) {
            await step();
            await make(caller, each, accepted);
          }
        };
        const working = async (before: BeforeCall) => {
          const worker = hub.process(before);
          for (let round = 0; round < 4; round += 1) {
            await step();
            await hub.work(worker, round === 0 ? 1 : undefined);
          }
        };
        const dying = working(scene.death === undefined ? step : dyingAt(scene.death, step));
        const waiting = async () => {
          for (const each of scene.waits) {
            await step();
            hub.time.advance(each);
          }
        };
        const unlessDied = (error: unknown) => {
          if (!(error instanceof Died)) throw error;
        };
        await scheduler.waitFor(
          Promise.all([
            ...clients.map((client) => client.list()),
            ...scene.all.map(doing),
            working(step),
            dying.catch(unlessDied),
            waiting(),
          ]),
        );
        // After this nobody who died owes anything.
        hub.time.advance(31_000);
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        expect(itemsOf(hub)).toEqual(await belonging(hub));
        // Whoever dies between ending an action and telling of it leaves watches as they were.
        const stored = hub.stores.actions.all().map(({ id }) => id);
        if (scene.death === undefined) expect(stored).toEqual(expect.arrayContaining([...watched]));
        expect(hub.queue.allPending(SPACE)).toEqual([]);
        await expectAsFresh(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 500 },
    );
  });
});
