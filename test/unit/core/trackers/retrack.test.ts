/**
 * Concurrent tracks, untracks, logs and marks, over a history longer than the first page that `track` backfills. Each item
 * ends in the state, marks included, that some serial order of the calls leaves. The order may differ between items,
 * because a mark changes items one by one.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { markFeed } from '../../../../core/feed/write/mark.ts';
import { track } from '../../../../core/trackers/track.ts';
import { untrack } from '../../../../core/trackers/untrack.ts';
import type { ModelObject } from '../../../../dev/model/feed.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { markInput } from '../../../../protocol/schemas/calls.ts';
import { trackInput, untrackInput } from '../../../../protocol/schemas/trackers.ts';
import { type Deps, MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';
import { Client } from '../../../support/model/client.ts';
import { expectConverged } from '../../../support/model/expect-converged.ts';
import { ModelHub, type ModelRules } from '../../../support/model/hub.ts';

vi.mock(import('../../../../core/trackers/backfill/bounds.ts'), () => ({
  backfillBounds: {
    firstPage: 1,
    maxObjects: 2,
    chunkSize: 2,
    outlines: 2,
    concurrentWrites: 3,
    pushLimit: 2,
  },
}));

/** The age of the history, in milliseconds. */
const HISTORY_START = 1_000;
const objects = ['project:p1', 'project', 'issue:i1'];
const verbs = ['opened', 'closed'];
const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      // One object per call, because a call changes several objects one by one.
      to: fc.constantFrom(...objects),
      verbs: fc.subarray(verbs),
      /** Milliseconds before now; `undefined`: not given. */
      ago: fc.constantFrom(undefined, undefined, HISTORY_START),
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
/** Two callers that track, and one that marks. A caller that tracks must not mark, because backfill may follow its mark. */
type All = [Call[], Call[], Call[]];
const calls = (maxLength: number) => fc.array(call, { minLength: 1, maxLength });

async function applyCall(deps: Deps, call: Call): Promise<void> {
  if (call.do === 'track') {
    const since = call.ago === undefined ? undefined : new Date(deps.now() - call.ago).toISOString();
    const input = trackInput.parse({ to: call.to, verbs: call.verbs, actorOnly: false, since });
    await track(deps, principal('ada'), [{ user: 'ada', input, pathPrefix: '' }]);
  } else if (call.do === 'untrack') {
    const input = untrackInput.parse({ from: call.from, verbs: call.verbs });
    await untrack(deps, principal('ada'), 'ada', input).catch((error: Error) => {
      if (!error.message.includes('all verbs')) throw error;
    });
  } else if (call.do === 'mark') {
    const input = markInput.parse({ all: true });
    await markFeed(deps, principal('ada'), { user: 'ada', mark: call.mark, input, origin: null });
  } else await acceptActions(deps, service, { actions: batch.parse([about(call.verb)]), batch: true });
}

/** An action about all trackable objects. */
const about = (verb: string) => ({
  actor: null,
  verb,
  targets: ['project:p1'],
  related: ['issue:i1'],
  groupingDelay: -1,
});

/** The setup: all logged actions are in the feed, unread. Later calls have later timestamps. */
const before = (past: readonly string[], first: Call): Call[] => [
  { do: 'track', to: 'project:p1', verbs: [], ago: undefined },
  first,
  ...past.map((verb): Call => ({ do: 'log', verb })),
];

async function begin(past: readonly string[], first: Call, pause: () => Promise<void>): Promise<MemoryHub> {
  const hub = new MemoryHub({ pause });
  for (const each of before(past, first)) await applyCall(hub.deps, each);
  await hub.work();
  hub.time.advance(HISTORY_START);
  return hub;
}

/** Names actions by verb and log order, because ids depend on the order of calls. */
function feedOf(hub: MemoryHub): string[] {
  const actions = hub.stores.actions.all().sort((left, right) => (left.id < right.id ? -1 : 1));
  return possibleStates(actions, new Map(hub.stores.feeds.all().map((item) => [item.action, item])));
}

function possibleStates(
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

/** All states of items that serial orders of the calls leave by the rules. */
function serialOutcomes(past: readonly string[], first: Call, all: All): Set<string> {
  const found = new Set<string>();
  for (const order of ordersOf(all)) {
    const model = new ModelHub(['ada'], rules);
    const ids: Array<{ id: string; verb: string }> = [];
    const applyAll = (calls: readonly Call[], now: number) => {
      for (const each of calls) {
        if (each.do === 'log') ids.push({ id: `a${ids.length}`, verb: each.verb });
        applyToModel(model, each, { now, id: ids.at(-1)?.id ?? '' });
      }
    };
    applyAll(before(past, first), 0);
    applyAll(order, HISTORY_START);
    for (const state of possibleStates(ids, new Map(model.feed('ada').map((item) => [item.action, item])))) {
      found.add(state);
    }
  }
  return found;
}

const rules: ModelRules = {
  ...{ readableLevel: 30, ownActions: 'read', regroup: 'bump', visible: () => true },
  ...{ groupingDelay: () => -1, combineWith: () => null, group: () => null },
};

function applyToModel(model: ModelHub, call: Call, { now, id }: { now: number; id: string }): void {
  if (call.do === 'mark') return void model.mark('ada', call.mark, { isNamed: () => true, byIds: false });
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

describe('concurrent untrack and track', () => {
  it('leave feed and marks as some serial order of the calls would', async () => {
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
        const applyCalls = async (some: readonly Call[]) => {
          for (const each of some) {
            await step();
            await applyCall(process, each);
          }
        };
        const runWorkers = async () => {
          for (let round = 0; round < 3; round += 1) {
            await step();
            await hub.work(process, 1);
          }
        };
        const listing = clients.map((client) => client.list());
        await scheduler.waitFor(Promise.all([...listing, ...all.map(applyCalls), runWorkers()]));
        await scheduler.waitFor(hub.work());
        await scheduler.waitIdle();
        expect([...serialOutcomes(past, first, all)]).toEqual(expect.arrayContaining(feedOf(hub)));
        expect(hub.tasks.all(SPACE)).toEqual([]);
        expect(hub.stores.trackers.endedCount).toBe(0);
        await expectConverged(clients, hub.deps, (work) => scheduler.waitFor(work));
      }),
      { numRuns: 300 },
    );
  }, 300_000);
});
