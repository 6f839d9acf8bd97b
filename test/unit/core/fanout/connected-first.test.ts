/** Connected followers come first, and nothing else changes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import type { FanOutBounds } from '../../../../core/fanout/batch.ts';
import { processPartitions } from '../../../../core/fanout/process-partitions.ts';
import { type FanOutRun, runFanOutTask } from '../../../../core/fanout/task.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

const users = ['ada', 'bob', 'cy', 'dan', 'eve', 'fay', 'gus', 'hal'];
const project = 'project:p1';
const pagesOf = (chunkSize: number): FanOutBounds => ({
  inline: { trackers: 0, items: 0 },
  chunkSize,
  checkpointEvery: 2,
  connectedFirst: 1,
});

const log = (hub: MemoryHub, action: object = {}) =>
  acceptActions(hub.deps, service, {
    actions: batch.parse([{ actor: 'project:p1', verb: 'opened', ...action }]),
    batch: true,
  });
const follow = (hub: MemoryHub, user: string, to: string = project, settings: object = {}) =>
  track(hub.deps, principal(user), [{ user, input: trackInput.parse({ to, ...settings }), pathPrefix: '' }]);
const leave = (hub: MemoryHub, user: string, from: string = project) =>
  untrack(hub.deps, principal(user), user, untrackInput.parse({ from }));
async function processBusy(hub: MemoryHub): Promise<void> {
  for (const partition of hub.queue.busyPartitions(SPACE))
    await processPartitions(hub.deps, SPACE, [partition]);
}

/** A hub with a queued fan-out of one action to all users. */
async function withQueuedFanOut(connected: readonly string[], bounds = pagesOf(2)): Promise<MemoryHub> {
  const hub = new MemoryHub({ bounds });
  hub.connectedUsers.users = connected;
  for (const user of users) await follow(hub, user);
  await log(hub);
  await processBusy(hub);
  return hub;
}

async function runJob(hub: MemoryHub, deps: Deps = hub.deps, run: Partial<FanOutRun> = {}): Promise<void> {
  await hub.fanOutQueue.runNext(async (task, isRetry, saveCheckpoint) => {
    await runFanOutTask(deps, task, { isRetry, saveCheckpoint, isStopping: () => false, ...run });
  });
}

/** Users in the order in which items were published. */
const published = (hub: MemoryHub): string[] =>
  hub.bus.published.flatMap(({ message }) =>
    message.kind === 'items' ? message.groups.flatMap((group) => group.users) : [],
  );
const recipients = (hub: MemoryHub): string[] => hub.stores.feeds.all().map((item) => item.user);

describe('connected followers', () => {
  it('get an item right after the first page', async () => {
    const hub = await withQueuedFanOut(['hal', 'nobody', 'eve', 'ada']);
    await runJob(hub);
    expect(published(hub)).toEqual(['ada', 'bob', 'eve', 'hal', 'cy', 'dan', 'fay', 'gus']);
  });

  it('get it before pages of other objects', async () => {
    const hub = new MemoryHub({ bounds: pagesOf(2) });
    hub.connectedUsers.users = ['amy'];
    for (const user of users) await follow(hub, user, 'project');
    await follow(hub, 'amy');
    await log(hub);
    await hub.work();
    expect(published(hub).indexOf('amy')).toBe(2);
  });

  it('are asked for again, in case others are connected by then', async () => {
    const hub = await withQueuedFanOut(['fay'], pagesOf(1));
    let requests = 0;
    const deps = hub.process(async (_, port) => {
      if (port !== 'connectedUsers') return;
      requests += 1;
      if (requests === 2) hub.connectedUsers.users = ['fay', 'hal'];
    });
    await runJob(hub, deps);
    const order = published(hub);
    expect(order.indexOf('fay')).toBe(1);
    expect(order.indexOf('hal')).toBeLessThan(order.indexOf('gus'));
    expect([...order].sort()).toEqual(users);
  });

  it('are not asked for if the audience ends with the first page', async () => {
    const hub = await withQueuedFanOut(['hal'], pagesOf(users.length + 1));
    let requests = 0;
    const deps = hub.process(async (_, port) => {
      if (port === 'connectedUsers') requests += 1;
    });
    await runJob(hub, deps);
    expect(requests).toBe(0);
    expect(recipients(hub)).toHaveLength(users.length);
  });

  it('cost no second write: their pages leave them out', async () => {
    const hub = await withQueuedFanOut(['hal', 'eve', 'ada']);
    const calls: string[] = [];
    const deps = hub.process(async (method, port) => {
      if (port === 'feeds') calls.push(method);
    });
    await runJob(hub, deps);
    // A rejected insert would look up the items that exist.
    expect(new Set(calls)).toEqual(new Set(['insert']));
    expect(published(hub).sort()).toEqual(users);
  });

  it('are served in the order of pages if nobody replies', async () => {
    const hub = await withQueuedFanOut(['hal']);
    const deps = hub.process(async (_, port) => {
      if (port === 'connectedUsers') throw new Error('no reply');
    });
    await runJob(hub, deps);
    expect(published(hub)).toEqual(users);
  });

  it('get an item unread if any of their trackers says so, whichever is read first', async () => {
    for (const connected of [[], ['hal']]) {
      const hub = new MemoryHub({ bounds: pagesOf(1) });
      hub.connectedUsers.users = connected;
      const since = new Date(hub.time.now() + 60_000).toISOString();
      for (const user of users) {
        await follow(hub, user, 'project', { since });
        await follow(hub, user);
      }
      await log(hub);
      await hub.work();
      expect(hub.stores.feeds.all().map(({ unread }) => unread)).toEqual(users.map(() => true));
    }
  });
});

describe('a job that a crash interrupts', () => {
  it('continues, and pushes nothing to a connected follower more than twice', async () => {
    const total = await portCalls();
    for (let crashAt = 1; crashAt <= total; crashAt += 1) {
      const hub = await withQueuedFanOut(['hal', 'eve']);
      let calls = 0;
      const crashing = hub.process(async () => {
        calls += 1;
        if (calls >= crashAt) throw new Error('crashed');
      });
      await runJob(hub, crashing).catch(() => undefined);
      hub.time.advance(31_000);
      await hub.work();
      expect(recipients(hub).sort()).toEqual(users);
      const order = published(hub);
      expect([...new Set(order)].sort()).toEqual(users);
      for (const user of users) expect(order.filter((each) => each === user).length).toBeLessThan(3);
    }
  });

  async function portCalls(): Promise<number> {
    const hub = await withQueuedFanOut(['hal', 'eve']);
    let calls = 0;
    const counting = hub.process(async () => {
      calls += 1;
    });
    await runJob(hub, counting);
    return calls;
  }
});

describe('a user who untracks at any moment', () => {
  const variants = {
    'after the first page': pagesOf(1),
    // Then the page was requested under an earlier position than that of the connected users.
    'after a checkpoint': { ...pagesOf(2), checkpointEvery: 1, connectedFirst: 3 },
  };
  for (const [moment, bounds] of Object.entries(variants))
    it(`gets nothing, if connected users are served ${moment}`, async () => {
      for (const connected of [['hal'], ['dan', 'gus', 'hal']])
        for (const leaver of ['bob', 'dan', 'eve', 'gus', 'hal'])
          for (let call = 1, isOver = false; !isOver; call += 1) {
            const hub = await withQueuedFanOut(connected, bounds);
            let calls = 0;
            const deps = hub.process(async () => {
              calls += 1;
              if (calls === call) await leave(hub, leaver);
            });
            await runJob(hub, deps);
            isOver = calls < call;
            if (isOver) await leave(hub, leaver);
            await hub.work();
            expect(recipients(hub).sort()).toEqual(users.filter((user) => user !== leaver));
          }
    });
});

const trackable = fc.constantFrom('project:p1', 'project', 'user:zed', 'user');
const someone = fc.constantFrom(...users);
const tracker = fc.record({ user: someone, to: trackable, ago: fc.constantFrom(-60_000, 0, 60_000) });
const change = fc.oneof(
  fc.record({ do: fc.constant('merge' as const) }),
  fc.record({ do: fc.constant('track' as const), user: someone, to: trackable }),
  fc.record({ do: fc.constant('untrack' as const), user: someone, to: trackable }),
);
const scenario = fc.record({
  trackers: fc.uniqueArray(tracker, { selector: ({ user, to }) => `${user} ${to}`, maxLength: 20 }),
  connected: fc.shuffledSubarray([...users, 'nobody']),
  notify: fc.subarray(users, { maxLength: 2 }),
  hidden: fc.subarray(users, { maxLength: 2 }),
  changes: fc.array(change, { maxLength: 3 }),
  bounds: fc.record({
    inline: fc.constant({ trackers: 0, items: 0 }),
    chunkSize: fc.integer({ min: 1, max: 3 }),
    checkpointEvery: fc.integer({ min: 1, max: 3 }),
    connectedFirst: fc.nat(3),
  }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Returns the feeds after a fan-out, beside which the changes are made. */
async function feedsAfter(
  { trackers, notify, hidden, changes, bounds }: Scenario,
  connected: readonly string[],
  scheduler?: fc.Scheduler,
) {
  const hub = new MemoryHub({
    bounds,
    settings: {
      groupingDelay: 60,
      visible: hidden.length === 0 ? null : (_, ids) => ids.filter((id) => !hidden.includes(id)),
    },
  });
  hub.connectedUsers.users = connected;
  for (const { user, to, ago } of trackers)
    await follow(hub, user, to, {
      actorOnly: false,
      since: new Date(hub.time.now() - ago).toISOString(),
    });
  const action = { actor: 'user:zed', targets: 'project:p1', notify };
  await log(hub, action);
  await processBusy(hub);
  const step = async () => void (await scheduler?.schedule(Promise.resolve()));
  const work = async () => {
    await hub.work(hub.process(step));
  };
  const change = async () => {
    for (const each of changes) {
      await step();
      if (each.do === 'merge') await log(hub, action);
      else if (each.do === 'track') await follow(hub, each.user, each.to, { actorOnly: false });
      else await leave(hub, each.user, each.to);
    }
  };
  const all = Promise.all([work(), change()]);
  await (scheduler ? scheduler.waitFor(all) : all);
  await hub.work();
  return hub.stores.feeds.all().map(({ id, version, at, unread, seen }) => {
    const [, user] = id.split(':');
    // The number in the partition depends on the moment, and so do marks of users whose trackers changed.
    const hasChanged = changes.some((each) => each.do !== 'merge' && each.user === user);
    return { id, at, isMerged: version > 1, ...(!hasChanged && { unread, seen }) };
  });
}

const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);

it('any audience ends with the same feeds, with any users connected and any changes meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, fc.scheduler(), async (given, scheduler) => {
      const expected = await feedsAfter(given, []);
      const actual = await feedsAfter(given, given.connected, scheduler);
      expect(actual.sort(byId)).toEqual(expected.sort(byId));
    }),
    { numRuns: 200 },
  );
});
