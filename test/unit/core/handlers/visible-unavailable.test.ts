/** While the application's `visible` fails, no item leaves a feed because of it. Undetermined items are delivered later. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { FeedWriter } from '../../../../core/feed/write/writer.ts';
import { findMatchingTrackers } from '../../../../core/model/matching.ts';
import { userInvalidation } from '../../../../core/ports/invalidations.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';
import {
  actionOf,
  follow as followNow,
  removalOf,
  storeAction,
  upsertOf,
} from '../../../support/model/fixtures.ts';

// Small bounds, so that a few actions are a long history.
vi.mock(import('../../../../core/trackers/backfill/bounds.ts'), () => ({
  backfillBounds: {
    firstPage: 2,
    maxObjects: 2,
    chunkSize: 2,
    outlines: 2,
    concurrentWrites: 3,
    pushLimit: 100,
  },
}));

const users = ['ada', 'bob'];
const objects = ['project:p1', 'project:p2'];
const HOUR = 3_600_000;

/** Bob may not see secret actions. */
const visibleUsers = (users: readonly string[], isSecret: boolean) =>
  users.filter((user) => user !== 'bob' || !isSecret);

function hubWith(pause?: () => Promise<void>) {
  const state = { isUnavailable: false };
  const hub = new MemoryHub({
    pause,
    settings: {
      groupingDelay: 60,
      visible: ({ data }, users) => {
        if (state.isUnavailable) throw new Error('the permission service is unavailable');
        return visibleUsers(users, data.secret === true);
      },
    },
  });
  return { hub, state };
}

const follow = async (deps: Deps, user: string, to: string, more: object = {}) =>
  track(deps, principal(user), [{ user, input: trackInput.parse({ to, ...more }), pathPrefix: '' }]);
const unfollow = async (deps: Deps, user: string, from: string) =>
  untrack(deps, principal(user), user, untrackInput.parse({ from }));
const log = async (deps: Deps, ...actions: object[]) =>
  acceptActions(deps, service, { actions: batch.parse(actions), batch: true });
/** Stops at a task that waits until `visible` responds. */
const work = (hub: MemoryHub, deps: Deps = hub.deps) => hub.work(deps);
const feedOf = (hub: MemoryHub, user: string) =>
  hub.stores.feeds.all().flatMap((item) => (item.user === user ? item.action : []));
const opened = { actor: 'project:p1', verb: 'opened', groupingDelay: -1 };

/** A hub with five actions in Ada's feed. */
async function hubWithHistory() {
  const setup = hubWith();
  const { hub } = setup;
  await follow(hub.deps, 'ada', 'project:p1');
  const ids = await log(hub.deps, ...Array.from({ length: 5 }, () => opened));
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual(ids);
  return { ...setup, ids };
}

describe('while `visible` fails', () => {
  it('items stay when their object is tracked again', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isUnavailable = true;
    await follow(hub.deps, 'ada', 'project:p1', { actorOnly: false });
    await work(hub);
    expect(feedOf(hub, 'ada')).toEqual(ids);
    state.isUnavailable = false;
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual(ids);
    expect(hub.tasks.all(SPACE)).toEqual([]);
  });

  it('past actions are backfilled only after it responds, however many', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isUnavailable = true;
    await follow(hub.deps, 'bob', 'project:p1');
    await work(hub);
    await work(hub);
    expect(feedOf(hub, 'bob')).toEqual([]);
    state.isUnavailable = false;
    await hub.work();
    expect(feedOf(hub, 'bob').sort()).toEqual(ids);
    expect(hub.tasks.all(SPACE)).toEqual([]);
  });

  it('an untrack removes its items', async () => {
    const { hub, state } = await hubWithHistory();
    state.isUnavailable = true;
    await unfollow(hub.deps, 'ada', 'project:p1');
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual([]);
    expect(hub.tasks.all(SPACE)).toEqual([]);
  });

  it('new actions are retried with a growing delay', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isUnavailable = true;
    const [id = ''] = await log(hub.deps, opened);
    await hub.work();
    for (const seconds of [5, 10, 20]) {
      expect(hub.fanOutQueue.delayed).toBe(1);
      expect(feedOf(hub, 'ada')).toEqual(ids);
      hub.time.advance(seconds * 1_000);
      await hub.work();
    }
    state.isUnavailable = false;
    hub.time.advance(40_000);
    const pushed = hub.bus.publishedItemIds().size;
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual([...ids, id]);
    expect(hub.bus.publishedItemIds().size).toBe(pushed + 1);
    expect(hub.fanOutQueue.delayed).toBe(0);
  });

  it('the hub retries for an hour and then stops', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isUnavailable = true;
    await log(hub.deps, opened);
    await follow(hub.deps, 'bob', 'project:p1');
    await work(hub);
    const startedAt = hub.time.now();
    while (hub.fanOutQueue.delayed > 0) {
      hub.time.advance(5_000);
      await work(hub);
    }
    expect(hub.time.now() - startedAt).toBeGreaterThan(0.9 * HOUR);
    expect(hub.time.now() - startedAt).toBeLessThan(1.1 * HOUR);
    expect(hub.tasks.all(SPACE)).toEqual([]);
    expect(feedOf(hub, 'ada')).toEqual(ids);
  });

  it('a grouped action stays in place, and leaves as soon as that is determined', async () => {
    const { hub, state } = hubWith();
    for (const user of users) await follow(hub.deps, user, 'project:p1');
    const [id] = await log(hub.deps, { actor: 'project:p1', verb: 'opened' });
    await hub.work();
    state.isUnavailable = true;
    await log(hub.deps, { actor: 'project:p1', verb: 'opened', secret: true });
    await hub.work();
    expect(users.map((user) => feedOf(hub, user))).toEqual([[id], [id]]);
    state.isUnavailable = false;
    hub.time.advance(5_000);
    await hub.work();
    expect(users.map((user) => feedOf(hub, user))).toEqual([[id], []]);
  });

  it('revalidated items stay', async () => {
    const { hub, state } = hubWith();
    await followNow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a'));
    const readPosition = await hub.clock.now(SPACE);
    state.isUnavailable = true;
    await hub.invalidations.begin(SPACE, [userInvalidation('ada')]);
    await new FeedWriter(hub.deps, hub.stores, SPACE).write(upsertOf(hub, action, 'ada'), { readPosition });
    expect(feedOf(hub, 'ada')).toEqual(['a']);
  });

  it('removed items that may be eligible again are determined later', async () => {
    const { hub, state } = hubWith();
    await followNow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a'));
    const writer = new FeedWriter(hub.deps, hub.stores, SPACE);
    await writer.write(upsertOf(hub, action, 'ada'), { readPosition: await hub.clock.now(SPACE) });
    state.isUnavailable = true;
    await writer.write(removalOf(action, 'ada'), { readPosition: await hub.clock.now(SPACE) });
    expect(feedOf(hub, 'ada')).toEqual([]);
    expect(writer.undetermined).toEqual(new Set(['a']));
  });
});

const user = fc.constantFrom(...users);
const object = fc.constantFrom(...objects);
const calls = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('log' as const), object, secret: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('track' as const), user, object }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('untrack' as const), user, object }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('away' as const), isUnavailable: fc.boolean() }) },
  ),
  { minLength: 1, maxLength: 6 },
);

async function expectedItems(hub: MemoryHub): Promise<string[]> {
  const found: string[] = [];
  for (const action of hub.stores.actions.all()) {
    for (const user of visibleUsers(users, action.data.secret === true)) {
      const trackers = await hub.stores.trackers.byIds(objects.map((key) => `${key}\t${user}`));
      if (findMatchingTrackers(trackers, action).length > 0)
        found.push(`${action.id}:${user} ${action.version}`);
    }
  }
  return found.sort();
}

it('feeds match trackers and `visible` once it responds, whatever overlapped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(calls, calls), fc.scheduler(), async (all, scheduler) => {
      const step = () => scheduler.schedule(Promise.resolve());
      const { hub, state } = hubWith(step);
      const deps = hub.process(step);
      const applyCalls = async (some: (typeof all)[number]) => {
        for (const call of some) {
          await step();
          if (call.do === 'away') state.isUnavailable = call.isUnavailable;
          else if (call.do === 'track') await follow(deps, call.user, call.object);
          else if (call.do === 'untrack') await unfollow(deps, call.user, call.object);
          else await log(deps, { actor: call.object, verb: 'opened', secret: call.secret });
        }
      };
      const runWorkers = async () => {
        for (let round = 0; round < 4; round += 1) {
          await step();
          await work(hub, deps);
        }
      };
      await scheduler.waitFor(Promise.all([...all.map(applyCalls), runWorkers(), runWorkers()]));
      state.isUnavailable = false;
      hub.time.advance(HOUR);
      await scheduler.waitFor(hub.work());
      await scheduler.waitIdle();
      const items = hub.stores.feeds.all().map(({ id, version }) => `${id} ${version}`);
      expect(items.sort()).toEqual(await expectedItems(hub));
      expect(hub.tasks.all(SPACE)).toEqual([]);
      expect(hub.fanOutQueue.delayed).toBe(0);
    }),
    { numRuns: 200 },
  );
});
