/**
 * Tracking, untracking, logging and marking at once, over a history longer than what a call brings in itself: each item
 * is as some order of these calls leaves it, marks included. Not all of them by the same order: a mark changes items one by one.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { markFeed } from '../../../core/feed/mark.ts';
import { logActions } from '../../../core/log.ts';
import { track } from '../../../core/trackers/track.ts';
import { untrack } from '../../../core/trackers/untrack.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../support/memory/hub.ts';
import { expectAsFresh } from '../../support/model/as-fresh.ts';
import { Client } from '../../support/model/client.ts';
import { ModelHub, type ModelRules } from '../../support/model/hub.ts';

vi.mock(import('../../../core/follow/bounds.ts'), () => ({
  followBounds: { newest: 1, objects: 2, chunk: 2, pushed: 2 },
}));

/** How long ago all was that is past, in milliseconds. */
const PAST = 1_000;
const objects = ['project:p1', 'project', 'issue:i1'];
const verbs = ['opened', 'closed'];
const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      // One each: of several a call changes one after the other.
      to: fc.constantFrom(...objects),
      verbs: fc.subarray(verbs),
      /** Milliseconds before now; `undefined`: not given. */
      ago: fc.constantFrom(undefined, undefined, PAST),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('untrack' as const),
      from: fc.constantFrom(...objects),
      verbs: fc.option(fc.subarray(verbs, { minLength: 1, maxLength: 1 }), { freq: 4, nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('log' as const), verb: fc.constantFrom(...verbs) }) },
);
const mark = fc.record({
  do: fc.constant('mark' as const),
  mark: fc.constantFrom('read' as const, 'unread' as const),
});
type Of<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Call = Of<typeof call> | Of<typeof mark>;
/** Two users' pages that track, and one that marks: what is brought in late cannot be marked by who tracked it before. */
type All = [Call[], Call[], Call[]];
const calls = (maxLength: number) => fc.array(call, { minLength: 1, maxLength });

async function make(deps: Deps, call: Call): Promise<void> {
  if (call.do === 'track') {
    const since = call.ago === undefined ? undefined : new Date(deps.now() - call.ago).toISOString();
    const input = trackInput.parse({ to: call.to, verbs: call.verbs, actorOnly: false, since });
    await track(deps, principal('ada'), [{ user: 'ada', input, root: '' }]);
  } else if (call.do === 'untrack') {
    const input = untrackInput.parse({ from: call.from, verbs: call.verbs });
    await untrack(deps, principal('ada'), 'ada', input).catch((error: Error) => {
      if (!error.message.includes('all verbs')) throw error;
    });
  } else if (call.do === 'mark') {
    const input = markInput.parse({ all: true });
    await markFeed(deps, principal('ada'), { user: 'ada', mark: call.mark, input, origin: null });
  } else await logActions(deps, service, { actions: batch.parse([about(call.verb)]), batch: true });
}

/** About all that can be tracked. */
const about = (verb: string) => ({
  actor: null,
  verb,
  targets: ['project:p1'],
  related: ['issue:i1'],
  groupingDelay: -1,
});

/** What comes before: everything logged is in the feed, unread; what is logged or tracked from then on is later. */
const before = (past: readonly string[], first: Call): Call[] => [
  { do: 'track', to: 'project:p1', verbs: [], ago: undefined },
  first,
  ...past.map((verb): Call => ({ do: 'log', verb })),
];

async function begin(past: readonly string[], first: Call, pause: () => Promise<void>): Promise<MemoryHub> {
  const hub = new MemoryHub({ pause });
  for (const each of before(past, first)) await make(hub.deps, each);
  await hub.work();
  hub.time.advance(PAST);
  return hub;
}

/** By verb and order of logging: ids depend on the order of calls. */
function feedOf(hub: MemoryHub): string[] {
  const actions = hub.stores.actions.all().sort((left, right) => (left.id < right.id ? -1 : 1));
  return stated(actions, new Map(hub.stores.feeds.all().map((item) => [item.action, item])));
}

function stated(
  actions: ReadonlyArray<{ id: string; verb: string }>,
  items: ReadonlyMap<string, { unread: boolean; seen: boolean }>,
): string[] {
  const logged = new Map<string, number>();
  return actions.map(({ id, verb }) => {
    const count = (logged.get(verb) ?? 0) + 1;
    logged.set(verb, count);
    const item = items.get(id);
    return `${verb} ${count} ${item ? `${item.unread ? 'unread' : 'read'}${item.seen ? ' seen' : ''}` : 'out'}`;
  });
}

function* ordersOf(all: ReadonlyArray<readonly Call[]>): Generator<Call[]> {
  if (all.every((calls) => calls.length === 0)) yield [];
  for (const [index, [first, ...others]] of all.entries()) {
    if (first) for (const rest of ordersOf(all.with(index, others))) yield [first, ...rest];
  }
}

/** Of each item, what the orders of the calls leave by the contract's rules, one done after the other and each whole. */
function inOrder(past: readonly string[], first: Call, all: All): Set<string> {
  const found = new Set<string>();
  for (const order of ordersOf(all)) {
    const model = new ModelHub(['ada'], rules);
    const ids: Array<{ id: string; verb: string }> = [];
    const makeAll = (calls: readonly Call[], now: number) => {
      for (const each of calls) {
        if (each.do === 'log') ids.push({ id: `a${ids.length}`, verb: each.verb });
        says(model, each, { now, id: ids.at(-1)?.id ?? '' });
      }
    };
    makeAll(before(past, first), 0);
    makeAll(order, PAST);
    for (const state of stated(ids, new Map(model.feed('ada').map((item) => [item.action, item])))) {
      found.add(state);
    }
  }
  return found;
}

const rules: ModelRules = {
  ...{ readableLevel: 30, ownActions: 'read', regroup: 'bump', visible: () => true },
  ...{ groupingDelay: () => -1, combineWith: () => null, group: () => null },
};

function says(model: ModelHub, call: Call, { now, id }: { now: number; id: string }): void {
  if (call.do === 'mark') return void model.mark('ada', call.mark, () => true);
  if (call.do === 'untrack') return void model.untrack('ada', [parseRef(call.from)], call.verbs);
  if (call.do === 'track') {
    const how = {
      verbs: call.verbs,
      actorOnly: false,
      ...(call.ago !== undefined && { since: now - call.ago }),
    };
    return void model.track('ada', [parseRef(call.to)], now, how);
  }
  const { targets, related, ...input } = about(call.verb);
  const refs = { targets: targets.map(parseRef), related: related.map(parseRef) };
  const times = { timestamp: now, updatedAt: now };
  model.log([{ ...input, ...refs, ...times, id, level: 30, data: {}, count: 1, notify: [] }]);
}

function parseRef(text: string): ModelObject {
  const [type = '', id] = text.split(':');
  return id === undefined ? { type } : { type, id };
}

describe('what is untracked and tracked at once', () => {
  it('is in the feed, and marked, as some order of the calls leaves it', async () => {
    const scene = fc.record({
      past: fc.array(fc.constantFrom(...verbs), { minLength: 1, maxLength: 4 }),
      first: call,
      all: fc.tuple(calls(3), calls(2), fc.array(mark, { maxLength: 1 })),
    });
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async ({ past, first, all }, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        let isBegun = false;
        const hub = await begin(past, first, async () => {
          if (isBegun) await step();
        });
        isBegun = true;
        const process = hub.process(step);
        const clients = [new Client('ada', process)];
        hub.bus.listen(({ message }) => {
          for (const client of clients) {
            client.send(message);
            void step().then(() => client.deliver());
          }
        });
        const doing = async (some: readonly Call[]) => {
          for (const each of some) {
            await step();
            await make(process, each);
          }
        };
        const working = async () => {
          for (let round = 0; round < 3; round += 1) {
            await step();
            await hub.work(process, 1);
          }
        };
        const listing = clients.map((client) => client.list());
        await scheduler.waitFor(Promise.all([...listing, ...all.map(doing), working()]));
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        expect([...inOrder(past, first, all)]).toEqual(expect.arrayContaining(feedOf(hub)));
        expect(hub.chores.all(SPACE)).toEqual([]);
        expect(hub.stores.trackers.kept).toBe(0);
        await expectAsFresh(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 300 },
    );
  }, 300_000);
});
