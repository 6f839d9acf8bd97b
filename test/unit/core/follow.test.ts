/** Whatever is tracked, untracked and logged at once, and whoever dies: feeds are what trackers say in the end. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { logActions } from '../../../core/log.ts';
import type { StoredAction, StoredTracker } from '../../../core/model.ts';
import { track } from '../../../core/trackers/track.ts';
import { untrack } from '../../../core/trackers/untrack.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import { expectAsFresh } from '../../support/model/as-fresh.ts';
import { Client } from '../../support/model/client.ts';
import * as world from '../../support/model/world.ts';

// So small that a handful of actions is a long history.
vi.mock(import('../../../core/follow/bounds.ts'), () => ({
  followBounds: { newest: 2, objects: 2, chunk: 2, pushed: 2 },
}));

// One user and one object in the middle of it all, so that calls meet.
const user = fc.oneof({ weight: 3, arbitrary: fc.constant('ada') }, fc.constant('bob'));
const tracked = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ModelObject[]>([{ type: 'project', id: 'p1' }]) },
  fc.uniqueArray(world.trackable, { minLength: 1, maxLength: 3 }),
);
const how = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ verbs: [], actorOnly: false, ago: undefined }) },
  world.tracking,
);
const logged: fc.Arbitrary<world.LoggedInput> = fc
  .tuple(world.logged, fc.nat(3))
  .map(([input, odd]) => (odd > 0 ? { ...input, targets: [{ type: 'project', id: 'p1' }] } : input));

const calls = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('track' as const), user, objects: tracked, how, log: fc.boolean() }),
    fc.record({
      do: fc.constant('untrack' as const),
      user,
      objects: tracked,
      verbs: fc.option(fc.uniqueArray(world.verb, { minLength: 1, maxLength: 2 }), {
        freq: 3,
        nil: undefined,
      }),
      log: fc.boolean(),
    }),
    fc.record({ do: fc.constant('log' as const), batch: fc.array(logged, { minLength: 1, maxLength: 3 }) }),
  ),
  { minLength: 1, maxLength: 5 },
);
type Call = typeof calls extends fc.Arbitrary<Array<infer T>> ? T : never;

const past = fc.array(fc.array(logged, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
const waits = fc.array(fc.constantFrom(1, 11_000, 31_000, 70_000), { maxLength: 3 });
const settings = fc.record({
  regroup: fc.constantFrom('bump' as const, 'keep' as const),
  ownActions: world.ownActions,
});

const nameOf = (object: ModelObject) =>
  object.id === undefined ? object.type : `${object.type}:${object.id}`;

async function log(deps: Deps, inputs: readonly world.LoggedInput[]): Promise<void> {
  const actions = inputs.map(({ ago, ...input }) => ({
    ...input,
    timestamp: new Date(deps.now() - ago).toISOString(),
    groupingDelay: -1,
  }));
  await logActions(deps, service, { actions: batch.parse(actions), batch: true });
}

async function make(deps: Deps, call: Call): Promise<void> {
  if (call.do === 'log') return log(deps, call.batch);
  const { user, log: isLogged } = call;
  const objects = call.objects.map(nameOf);
  if (call.do === 'track') {
    const { ago, ...how } = call.how;
    const since = ago === undefined ? undefined : new Date(deps.now() - ago).toISOString();
    const input = trackInput.parse({ to: objects, ...how, since, log: isLogged });
    await track(deps, principal(user), [{ user, input, root: '' }]);
  } else {
    const input = untrackInput.parse({ from: objects, verbs: call.verbs, log: isLogged });
    await untrack(deps, principal(user), user, input).catch((error: Error) => {
      if (!error.message.includes('all verbs')) throw error;
    });
  }
}

/** By rules 1 and 2 of the contract alone: the actions of each user's feed, by the trackers that are there. */
async function expected(hub: MemoryHub): Promise<Record<string, string[]>> {
  const actions = hub.stores.actions.all();
  const feeds: Record<string, string[]> = {};
  for (const user of world.users) {
    const trackers = await hub.stores.trackers.scan({ user, limit: 1_000 });
    feeds[user] = actions
      .filter((action) => action.level >= 30)
      .filter((action) => action.notify.includes(user) || trackers.some((each) => follows(each, action)))
      .filter(
        (action) =>
          hub.settings.ownActions !== 'hide' || nameOf(action.actor ?? { type: '' }) !== `user:${user}`,
      )
      .map((action) => action.id)
      .sort();
  }
  return feeds;
}

function follows({ tracked, verbs, actorOnly }: StoredTracker, action: StoredAction): boolean {
  const isIt = (object: ModelObject | null) =>
    object !== null && [nameOf(object), object.type].includes(nameOf(tracked));
  const others = actorOnly ? [] : [...action.targets, ...action.related];
  return (verbs.length === 0 || verbs.includes(action.verb)) && [action.actor, ...others].some(isIt);
}

function feedsOf(hub: MemoryHub): Record<string, string[]> {
  const all = hub.stores.feeds.all();
  const of = (user: string) => all.filter((item) => item.user === user).map((item) => item.action);
  return Object.fromEntries(world.users.map((user) => [user, of(user).sort()]));
}

/** After this nobody who died owes anything. */
async function settle(hub: MemoryHub): Promise<void> {
  hub.time.advance(11_000);
  await hub.work();
}

describe('feeds', () => {
  it('are what the trackers say, whatever two workers and many callers do at once; and so are pages', async () => {
    const scene = fc.record({ settings, past, all: fc.tuple(calls, calls, calls), waits });
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async ({ settings, past, all, waits }, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ settings, pause: step });
        const process = hub.process(step);
        const setUp = async () => {
          for (const each of past) await log(hub.deps, each);
          await hub.work();
        };
        await scheduler.waitFor(setUp());
        const clients = [new Client('ada', process), new Client('bob', process)];
        hub.bus.listen(({ message }) => {
          for (const client of clients) {
            client.send(message);
            void step().then(() => client.deliver());
          }
        });
        const doing = async (some: readonly Call[]) => {
          for (const call of some) {
            await step();
            await make(process, call);
          }
        };
        const working = async (most?: number) => {
          for (let round = 0; round < 4; round += 1) {
            await step();
            await hub.work(process, most);
          }
        };
        const waiting = async () => {
          for (const each of waits) {
            await step();
            hub.time.advance(each);
          }
        };
        const listing = clients.map((client) => client.list());
        await scheduler.waitFor(
          Promise.all([...listing, ...all.map(doing), working(), working(1), waiting()]),
        );
        await scheduler.waitFor(settle(hub));
        await scheduler.waitIdle();
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.chores.all(SPACE)).toEqual([]);
        await expectAsFresh(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 150 },
    );
  });
});

describe('one object', () => {
  it('tracked and untracked at once is in the feed or out of it, as its tracker is', async () => {
    const about: world.LoggedInput = {
      actor: null,
      verb: 'opened',
      targets: [{ type: 'project', id: 'p1' }],
      related: [],
      level: 30,
      ago: 0,
      notify: [],
    };
    const call = (kind: 'track' | 'untrack'): Call => {
      const of = { user: 'ada' as const, objects: [{ type: 'project', id: 'p1' }], log: false };
      const how = { verbs: [], actorOnly: false, ago: undefined };
      return kind === 'track' ? { ...of, do: kind, how } : { ...of, do: kind, verbs: undefined };
    };
    const kinds = fc.array(fc.constantFrom('track' as const, 'untrack' as const), {
      minLength: 2,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), kinds, fc.scheduler(), async (isTracked, kinds, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const hub = new MemoryHub({ pause: step });
        const process = hub.process(step);
        const before = async () => {
          await log(hub.deps, [about, about]);
          await hub.work();
          if (isTracked) await make(hub.deps, call('track'));
          await hub.work();
        };
        await scheduler.waitFor(before());
        await scheduler.waitFor(Promise.all(kinds.map((kind) => make(process, call(kind)))));
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.chores.all(SPACE)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

class Died extends Error {}

/** Lets every call to a port fail from the n-th on. */
function dyingAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new Died();
  };
}

const unlessDead = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    if (!(error instanceof Died)) throw error;
  });
};

describe('chores', () => {
  it('are done in the end, whoever dies at whatever call, and everybody is told', async () => {
    const deaths = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(settings, past, calls, deaths, async (settings, past, calls, deaths) => {
        const hub = new MemoryHub({ settings });
        for (const each of past) await log(hub.deps, each);
        await hub.work();
        const clients = [new Client('ada', hub.deps), new Client('bob', hub.deps)];
        hub.bus.listen(({ message }) => {
          for (const client of clients) {
            client.send(message);
            client.deliver();
          }
        });
        for (const client of clients) await client.list();
        for (const [index, call] of calls.entries()) {
          const [caller, at] = deaths[index] ?? [false, 0];
          if (at === 0) await make(hub.deps, call);
          else {
            await unlessDead(make(caller ? hub.process(dyingAt(at)) : hub.deps, call));
            if (at % 2 === 0) hub.time.advance(11_000);
            await unlessDead(hub.work(hub.process(dyingAt(at))));
          }
        }
        await settle(hub);
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.chores.all(SPACE)).toEqual([]);
        await expectAsFresh(clients, hub.deps);
      }),
      { numRuns: 500 },
    );
  });
});
