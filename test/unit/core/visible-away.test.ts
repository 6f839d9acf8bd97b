/** Where the application's `visible` fails for a while: nothing leaves feeds for it, and what it kept out comes in later. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HubError } from '../../../core/errors.ts';
import { FeedWriter } from '../../../core/feed/writer.ts';
import { logActions } from '../../../core/log.ts';
import { matchingOf } from '../../../core/matching.ts';
import { userChurn } from '../../../core/ports/bus.ts';
import { track } from '../../../core/trackers/track.ts';
import { untrack } from '../../../core/trackers/untrack.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';
import { actionOf, arriving, follow as followNow, keep, leaving } from '../../support/model/written.ts';

// So small that a handful of actions is a long history.
vi.mock(import('../../../core/follow/bounds.ts'), () => ({
  followBounds: { newest: 2, objects: 2, chunk: 2, pushed: 100 },
}));

const users = ['ada', 'bob'];
const objects = ['project:p1', 'project:p2'];
const HOUR = 3_600_000;

/** Bob may see nothing that is secret. */
const mayAll = (users: readonly string[], isSecret: boolean) =>
  users.filter((user) => user !== 'bob' || !isSecret);

function hubWith(pause?: () => Promise<void>) {
  const state = { isAway: false };
  const hub = new MemoryHub({
    pause,
    settings: {
      groupingDelay: 60,
      visible: ({ data }, users) => {
        if (state.isAway) throw new Error('the permission service is away');
        return mayAll(users, data.secret === true);
      },
    },
  });
  return { hub, state };
}

const follow = async (deps: Deps, user: string, to: string, more: object = {}) =>
  track(deps, principal(user), [{ user, input: trackInput.parse({ to, ...more }), root: '' }]);
const unfollow = async (deps: Deps, user: string, from: string) =>
  untrack(deps, principal(user), user, untrackInput.parse({ from }));
const log = async (deps: Deps, ...actions: object[]) =>
  logActions(deps, service, { actions: batch.parse(actions), batch: true });
/** As a queue would, though it tries again by itself. */
const work = (hub: MemoryHub, deps: Deps = hub.deps) =>
  hub.work(deps).catch((error: unknown) => {
    if (!(error instanceof HubError && error.code === 'unavailable')) throw error;
  });
const feedOf = (hub: MemoryHub, user: string) =>
  hub.stores.feeds.all().flatMap((item) => (item.user === user ? item.action : []));
const opened = { actor: 'project:p1', verb: 'opened', groupingDelay: -1 };

/** A history of five actions that Ada has in her feed. */
async function hubWithHistory() {
  const made = hubWith();
  const { hub } = made;
  await follow(hub.deps, 'ada', 'project:p1');
  const ids = await log(hub.deps, ...Array.from({ length: 5 }, () => opened));
  await hub.work();
  expect(feedOf(hub, 'ada')).toEqual(ids);
  return { ...made, ids };
}

describe('while `visible` fails', () => {
  it('what is in feeds stays, when its object is tracked again', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isAway = true;
    await follow(hub.deps, 'ada', 'project:p1', { actorOnly: false });
    await work(hub);
    expect(feedOf(hub, 'ada')).toEqual(ids);
    state.isAway = false;
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual(ids);
    expect(hub.chores.all(SPACE)).toEqual([]);
  });

  it('past actions come in no sooner than it answers, however many', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isAway = true;
    await follow(hub.deps, 'bob', 'project:p1');
    await work(hub);
    await work(hub);
    expect(feedOf(hub, 'bob')).toEqual([]);
    state.isAway = false;
    await hub.work();
    expect(feedOf(hub, 'bob').sort()).toEqual(ids);
    expect(hub.chores.all(SPACE)).toEqual([]);
  });

  it('what an untrack takes out goes', async () => {
    const { hub, state } = await hubWithHistory();
    state.isAway = true;
    await unfollow(hub.deps, 'ada', 'project:p1');
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual([]);
    expect(hub.chores.all(SPACE)).toEqual([]);
  });

  it('new actions wait for it, at growing intervals', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isAway = true;
    const [id = ''] = await log(hub.deps, opened);
    await hub.work();
    for (const seconds of [5, 10, 20]) {
      expect(hub.fanOutQueue.delayed).toBe(1);
      expect(feedOf(hub, 'ada')).toEqual(ids);
      hub.time.advance(seconds * 1_000);
      await hub.work();
    }
    state.isAway = false;
    hub.time.advance(40_000);
    const pushed = hub.bus.announced().size;
    await hub.work();
    expect(feedOf(hub, 'ada')).toEqual([...ids, id]);
    expect(hub.bus.announced().size).toBe(pushed + 1);
    expect(hub.fanOutQueue.delayed).toBe(0);
  });

  it('is asked about for an hour, and not for ever', async () => {
    const { hub, state, ids } = await hubWithHistory();
    state.isAway = true;
    await log(hub.deps, opened);
    await follow(hub.deps, 'bob', 'project:p1');
    await work(hub);
    const begun = hub.time.now();
    while (hub.fanOutQueue.delayed > 0) {
      hub.time.advance(5_000);
      await work(hub);
    }
    expect(hub.time.now() - begun).toBeGreaterThan(0.9 * HOUR);
    expect(hub.time.now() - begun).toBeLessThan(1.1 * HOUR);
    expect(hub.chores.all(SPACE)).toEqual([]);
    expect(feedOf(hub, 'ada')).toEqual(ids);
  });

  it('a grouped action stays where it was, and leaves as soon as that is known', async () => {
    const { hub, state } = hubWith();
    for (const user of users) await follow(hub.deps, user, 'project:p1');
    const [id] = await log(hub.deps, { actor: 'project:p1', verb: 'opened' });
    await hub.work();
    state.isAway = true;
    await log(hub.deps, { actor: 'project:p1', verb: 'opened', secret: true });
    await hub.work();
    expect(users.map((user) => feedOf(hub, user))).toEqual([[id], [id]]);
    state.isAway = false;
    hub.time.advance(5_000);
    await hub.work();
    expect(users.map((user) => feedOf(hub, user))).toEqual([[id], []]);
  });

  it('what is looked at again stays', async () => {
    const { hub, state } = hubWith();
    await followNow(hub, 'ada');
    const action = await keep(hub, actionOf(hub, 'a'));
    const since = await hub.clock.now(SPACE);
    state.isAway = true;
    await hub.churn.begin(SPACE, [userChurn('ada')]);
    await new FeedWriter(hub.deps, hub.stores, SPACE).write(arriving(hub, action, 'ada'), { since });
    expect(feedOf(hub, 'ada')).toEqual(['a']);
  });

  it('what was taken out and may belong in by now is known', async () => {
    const { hub, state } = hubWith();
    await followNow(hub, 'ada');
    const action = await keep(hub, actionOf(hub, 'a'));
    const writer = new FeedWriter(hub.deps, hub.stores, SPACE);
    await writer.write(arriving(hub, action, 'ada'), { since: await hub.clock.now(SPACE) });
    state.isAway = true;
    await writer.write(leaving(action, 'ada'), { since: await hub.clock.now(SPACE) });
    expect(feedOf(hub, 'ada')).toEqual([]);
    expect(writer.unknown).toEqual(new Set(['a']));
  });
});

const user = fc.constantFrom(...users);
const object = fc.constantFrom(...objects);
const calls = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('log' as const), object, secret: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('track' as const), user, object }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('untrack' as const), user, object }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('away' as const), isAway: fc.boolean() }) },
  ),
  { minLength: 1, maxLength: 6 },
);

async function belonging(hub: MemoryHub): Promise<string[]> {
  const found: string[] = [];
  for (const action of hub.stores.actions.all()) {
    for (const user of mayAll(users, action.data.secret === true)) {
      const trackers = await hub.stores.trackers.byIds(objects.map((key) => `${key}\t${user}`));
      if (matchingOf(trackers, action).length > 0) found.push(`${action.id}:${user} ${action.rev}`);
    }
  }
  return found.sort();
}

it('feeds are what trackers and `visible` say once it answers, whatever overlapped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(calls, calls), fc.scheduler(), async (all, scheduler) => {
      const step = () => scheduler.schedule(Promise.resolve());
      const { hub, state } = hubWith(step);
      const deps = hub.process(step);
      const doing = async (some: (typeof all)[number]) => {
        for (const call of some) {
          await step();
          if (call.do === 'away') state.isAway = call.isAway;
          else if (call.do === 'track') await follow(deps, call.user, call.object);
          else if (call.do === 'untrack') await unfollow(deps, call.user, call.object);
          else await log(deps, { actor: call.object, verb: 'opened', secret: call.secret });
        }
      };
      const working = async () => {
        for (let round = 0; round < 4; round += 1) {
          await step();
          await work(hub, deps);
        }
      };
      await scheduler.waitFor(Promise.all([...all.map(doing), working(), working()]));
      state.isAway = false;
      hub.time.advance(HOUR);
      await scheduler.waitFor(hub.work());
      await scheduler.waitIdle();
      const items = hub.stores.feeds.all().map(({ id, rev }) => `${id} ${rev}`);
      expect(items.sort()).toEqual(await belonging(hub));
      expect(hub.chores.all(SPACE)).toEqual([]);
      expect(hub.fanOutQueue.delayed).toBe(0);
    }),
    { numRuns: 200 },
  );
});
