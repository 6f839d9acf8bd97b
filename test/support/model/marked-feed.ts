/** Marks in a hub with one feed. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { markFeed } from '../../../core/feed/write/mark.ts';
import type { StoredItem } from '../../../core/model/entities.ts';
import { groupItems } from '../../../core/model/item-groups.ts';
import { snoozeEndOf } from '../../../core/model/item-states.ts';
import { asMillis, asPosition } from '../../../core/model/units.ts';
import type { Mark } from '../../../core/ports/feeds.ts';
import { applyMark, applyMove, type ModelItem } from '../../../dev/model/feed.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../memory/hub.ts';
import { noPause, type Pause } from '../memory/pause.ts';

type Deps = MemoryHub['deps'];
interface Marking {
  mark: Mark;
  /** Default: all items. */
  numbers?: number[];
  until?: string;
}

const MAX_MARKS = 4;
const SNOOZE_END = asMillis(Date.UTC(2100, 0, 1));
export const idOf = (number: number): string => `a${number}:ada`;

/** A hub with items in these states in ada's feed. */
export async function hubWith(states: ReadonlyArray<{ unread: boolean; seen: boolean }>, options = {}) {
  const hub = new MemoryHub(options);
  const items = states.map(
    ({ unread, seen }, number): StoredItem => ({
      id: idOf(number),
      user: 'ada',
      action: `a${number}`,
      at: asMillis(hub.time.now() - number),
      position: asPosition(hub.time.now() * 1_000 - number),
      deliveredPosition: asPosition(hub.time.now() * 1_000 - number),
      version: 1,
      unread,
      seen: seen || !unread,
    }),
  );
  await hub.stores.feeds.insert(groupItems(items));
  await hub.stores.actions.insertInOrder(
    items.map(({ action, at }) => ({
      id: action,
      actor: null,
      verb: 'opened',
      targets: [],
      related: [],
      level: 30,
      data: {},
      timestamp: at,
      updatedAt: at,
      count: 1,
      notify: [],
      version: 1,
    })),
    asPosition(1),
  );
  return hub;
}

export const markBy = (deps: Deps, { mark, numbers, until }: Marking, position?: string) => {
  const named = numbers ? { ids: numbers.map(idOf) } : until ? { until } : { all: true };
  const input = markInput.parse(position === undefined ? named : { ...named, position });
  const snoozeUntil = mark === 'snooze' ? SNOOZE_END : undefined;
  return markFeed(deps, principal('ada'), { user: 'ada', mark, input, snoozeUntil, origin: null });
};
export const stateOf = ({ unread, seen }: { unread: boolean; seen: boolean }) => ({ unread, seen });
export const unread = { unread: true, seen: false };

const marking: fc.Arbitrary<Marking> = fc.record({
  mark: fc.constantFrom<Mark>('read', 'unread', 'seen', 'archive', 'unarchive', 'snooze', 'unsnooze'),
  numbers: fc.option(fc.uniqueArray(fc.nat(MAX_MARKS), { minLength: 1, maxLength: 3 }), { nil: undefined }),
});

type Flags = Pick<ModelItem, 'unread' | 'seen' | 'aside'>;

/** Without ids, a mark concerns the inbox, and `unarchive` the archived items. */
function applyMarking(item: Flags, { mark, numbers }: Marking): Flags {
  const { aside } = item;
  if (!numbers && (mark === 'unarchive' ? aside !== 'archived' : aside !== undefined)) return item;
  if (mark === 'read' || mark === 'unread' || mark === 'seen') return applyMark(item, mark);
  return applyMove(item, mark, SNOOZE_END);
}

const flagsOf = ({ unread, seen, aside }: StoredItem): Flags => {
  const where = aside && (snoozeEndOf(aside) ?? 'archived');
  return { unread, seen, ...(where && { aside: where }) };
};
const states = fc.array(fc.record({ unread: fc.boolean(), seen: fc.boolean() }), {
  minLength: 1,
  maxLength: MAX_MARKS,
});

/** Concurrent marks leave each item as some serial order of them would. */
export async function expectSerialMarks(): Promise<void> {
  const markings = fc.array(marking, { minLength: 2, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(states, markings, fc.scheduler(), async (before, all, scheduler) => {
      const step = () => scheduler.schedule(Promise.resolve());
      let pause: Pause = noPause;
      const hub = await hubWith(before, { pause: () => pause() });
      pause = step;
      await scheduler.waitFor(Promise.all(all.map((each) => markBy(hub.process(step), each))));
      const after = new Map(hub.stores.feeds.all().map((item) => [item.id, flagsOf(item)]));
      for (const [number, state] of before.entries()) {
        const affecting = all.filter(({ numbers }) => numbers?.includes(number) ?? true);
        const start: Flags = { unread: state.unread, seen: state.seen || !state.unread };
        const possible = orders(affecting).map((order) => order.reduce(applyMarking, start));
        expect(possible).toContainEqual(after.get(idOf(number)));
      }
      expect(hub.clock.inFlightCount(SPACE)).toBe(0);
    }),
    { numRuns: 1_000 },
  );
}

function orders<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first, index) => orders(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
