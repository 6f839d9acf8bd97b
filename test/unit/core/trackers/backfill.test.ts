/** Feeds match the trackers in the end, after any concurrent tracks, untracks and logs, and after any crashes. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { FeedWriter } from '../../../../core/feed/write/writer.ts';
import type { StoredAction, StoredTracker } from '../../../../core/model/entities.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import type { ModelObject } from '../../../../dev/model/feed.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';
import type { BeforeCall } from '../../../support/memory/intercept.ts';
import { Client } from '../../../support/model/client.ts';
import { expectConverged } from '../../../support/model/expect-converged.ts';
import { actionOf, storeAction, upsertOf } from '../../../support/model/fixtures.ts';
import * as world from '../../../support/model/world.ts';

// Small bounds, so that a few actions are a long history.
vi.mock(import('../../../../core/trackers/backfill/bounds.ts'), () => ({
  backfillBounds: {
    firstPage: 2,
    maxObjects: 2,
    chunkSize: 2,
    outlines: 2,
    concurrentWrites: 3,
    pushLimit: 2,
  },
}));

// Most calls concern one user and one object, so that they overlap.
const user = fc.oneof({ weight: 3, arbitrary: fc.constant('ada') }, fc.constant('bob'));
const tracked = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ModelObject[]>([{ type: 'project', id: 'p1' }]) },
  fc.uniqueArray(world.trackable, { minLength: 1, maxLength: 3 }),
);
const trackSettings = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ verbs: [], actorOnly: false, ago: undefined }) },
  world.tracking,
);
const logged: fc.Arbitrary<world.LoggedInput> = fc
  .tuple(world.logged, fc.nat(3))
  .map(([input, odd]) => (odd > 0 ? { ...input, targets: [{ type: 'project', id: 'p1' }] } : input));

const calls = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('track' as const),
      user,
      objects: tracked,
      how: trackSettings,
      log: fc.boolean(),
    }),
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

const history = fc.array(fc.array(logged, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
const delays = fc.array(fc.constantFrom(1, 11_000, 31_000, 70_000), { maxLength: 3 });
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
  await acceptActions(deps, service, { actions: batch.parse(actions), batch: true });
}

async function applyCall(deps: Deps, call: Call): Promise<void> {
  if (call.do === 'log') return log(deps, call.batch);
  const { user, log: isLogged } = call;
  const objects = call.objects.map(nameOf);
  if (call.do === 'track') {
    const { ago, ...how } = call.how;
    const since = ago === undefined ? undefined : new Date(deps.now() - ago).toISOString();
    const input = trackInput.parse({ to: objects, ...how, since, log: isLogged });
    await track(deps, principal(user), [{ user, input, pathPrefix: '' }]);
  } else {
    const input = untrackInput.parse({ from: objects, verbs: call.verbs, log: isLogged });
    await untrack(deps, principal(user), user, input).catch((error: Error) => {
      if (!error.message.includes('all verbs')) throw error;
    });
  }
}

/** The actions of each user's feed, derived from the stored trackers by rules 1 and 2 only. */
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
  const isTracked = (object: ModelObject | null) =>
    object !== null && [nameOf(object), object.type].includes(nameOf(tracked));
  const others = actorOnly ? [] : [...action.targets, ...action.related];
  return (verbs.length === 0 || verbs.includes(action.verb)) && [action.actor, ...others].some(isTracked);
}

function feedsOf(hub: MemoryHub): Record<string, string[]> {
  const all = hub.stores.feeds.all();
  const of = (user: string) => all.filter((item) => item.user === user).map((item) => item.action);
  return Object.fromEntries(world.users.map((user) => [user, of(user).sort()]));
}

/** Lets the leases of crashed processes expire, and does all remaining work. */
async function runToCompletion(hub: MemoryHub): Promise<void> {
  hub.time.advance(11_000);
  await hub.work();
}

describe('feeds', () => {
  it('match the trackers, whatever two workers and many callers do concurrently; so do clients', async () => {
    const scenario = fc.record({ settings, past: history, all: fc.tuple(calls, calls, calls), delays });
    await fc.assert(
      fc.asyncProperty(scenario, fc.scheduler(), async ({ settings, past, all, delays }, scheduler) => {
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
        const applyCalls = async (some: readonly Call[]) => {
          for (const call of some) {
            await step();
            await applyCall(process, call);
          }
        };
        const runWorkers = async (batchSize?: number) => {
          for (let round = 0; round < 4; round += 1) {
            await step();
            await hub.work(process, batchSize);
          }
        };
        const advanceTime = async () => {
          for (const each of delays) {
            await step();
            hub.time.advance(each);
          }
        };
        const listing = clients.map((client) => client.list());
        await scheduler.waitFor(
          Promise.all([...listing, ...all.map(applyCalls), runWorkers(), runWorkers(1), advanceTime()]),
        );
        await scheduler.waitFor(runToCompletion(hub));
        await scheduler.waitIdle();
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.tasks.all(SPACE)).toEqual([]);
        await expectConverged(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 150 },
    );
  });
});

describe('one object', () => {
  it('tracked and untracked concurrently is in the feed exactly if its tracker exists', async () => {
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
        const setUp = async () => {
          await log(hub.deps, [about, about]);
          await hub.work();
          if (isTracked) await applyCall(hub.deps, call('track'));
          await hub.work();
        };
        await scheduler.waitFor(setUp());
        await scheduler.waitFor(Promise.all(kinds.map((kind) => applyCall(process, call(kind)))));
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.tasks.all(SPACE)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

class SimulatedCrash extends Error {}

/** Makes every call to a port fail from the nth on. */
function crashAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new SimulatedCrash();
  };
}

const ignoreCrash = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    if (!(error instanceof SimulatedCrash)) throw error;
  });
};

describe('tasks', () => {
  it('complete in the end, whatever crashes at whatever call, and all clients are notified', async () => {
    const crashes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(settings, history, calls, crashes, async (settings, past, calls, crashList) => {
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
          const [callerCrashes, at] = crashList[index] ?? [false, 0];
          if (at === 0) await applyCall(hub.deps, call);
          else {
            await ignoreCrash(applyCall(callerCrashes ? hub.process(crashAt(at)) : hub.deps, call));
            if (at % 2 === 0) hub.time.advance(11_000);
            await ignoreCrash(hub.work(hub.process(crashAt(at))));
          }
        }
        await runToCompletion(hub);
        expect(feedsOf(hub)).toEqual(await expected(hub));
        expect(hub.tasks.all(SPACE)).toEqual([]);
        await expectConverged(clients, hub.deps);
      }),
      { numRuns: 500 },
    );
  });
});

it('the next worker publishes what a crashed one stored for a tracker that neither remembered', async () => {
  const hub = new MemoryHub();
  const about: world.LoggedInput = {
    ...{ actor: null, verb: 'opened', targets: [{ type: 'project', id: 'p1' }], related: [] },
    ...{ level: 30, ago: 0, notify: [] },
  };
  await log(hub.deps, [about]);
  // From now on, workers remember that nobody tracks the project.
  await hub.work();
  await applyCall(hub.deps, {
    ...{ do: 'track', user: 'bob', objects: [{ type: 'project', id: 'p1' }], log: false },
    how: { verbs: [], actorOnly: false, ago: undefined },
  });
  const client = new Client('bob', hub.deps);
  hub.bus.listen(({ message }) => {
    client.send(message);
    client.deliver();
  });
  await client.list();
  await log(hub.deps, [about]);
  const stored = () => hub.stores.feeds.all().length;
  const before = stored();
  const worker = hub.process(async () => {
    if (stored() > before) throw new SimulatedCrash();
  });
  await ignoreCrash(hub.work(worker));
  expect(stored()).toBe(before + 1);
  await hub.work();
  await expectConverged([client], hub.deps);
});

it.each(['bump', 'keep'] as const)(
  'a track call brings an item up to date that a slow worker delivered after a merge (regroup: %s)',
  async (regroup) => {
    const hub = new MemoryHub({ settings: { regroup } });
    const first = await storeAction(hub, actionOf(hub, 'a'));
    await storeAction(hub, { ...first, count: 2, version: 2 });
    const writer = new FeedWriter(hub.deps, hub.stores, SPACE);
    await writer.write(upsertOf(hub, first, 'ada'), { readPosition: await hub.clock.now(SPACE) });
    await track(hub.deps, principal('ada'), [
      { user: 'ada', input: trackInput.parse({ to: 'project:p1' }), pathPrefix: '' },
    ]);
    await hub.work();
    expect(hub.stores.feeds.all()).toMatchObject([{ user: 'ada', action: 'a', version: 2 }]);
  },
);

it('reads the next actions of a long history while earlier ones are written', async () => {
  const hub = new MemoryHub();
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await storeAction(hub, actionOf(hub, id));
  await track(hub.deps, principal('ada'), [
    { user: 'ada', input: trackInput.parse({ to: 'project:p1' }), pathPrefix: '' },
  ]);
  const called: string[] = [];
  const process = hub.process(async (method, port) => {
    if (port === 'actions' && method === 'find') called.push('read');
    if (port !== 'feeds' || method !== 'insert') return;
    // A write takes longer than whatever else can run meanwhile.
    await new Promise(setImmediate);
    called.push('write');
  });
  await hub.work(process);
  expect(hub.stores.feeds.all()).toHaveLength(8);
  expect(called).toContain('read');
  // The last read finds that nothing remains.
  expect(called.at(-1)).toBe('write');
});
