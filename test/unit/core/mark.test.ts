import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markFeed } from '../../../core/feed/mark.ts';
import type { StoredItem } from '../../../core/model.ts';
import { formatPosition } from '../../../core/positions.ts';
import { markedItem } from '../../../dev/model/feed.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../support/memory/hub.ts';
import { noPause, type Pause } from '../../support/memory/pause.ts';

type Deps = MemoryHub['deps'];
type Marking = { mark: 'read' | 'unread' | 'seen'; numbers: number[] | undefined };

const MOST = 4;
const idOf = (number: number): string => `a${number}:ada`;

/** A hub in which ada has items in these states. */
async function hubWith(states: ReadonlyArray<{ unread: boolean; seen: boolean }>, options = {}) {
  const hub = new MemoryHub(options);
  const items = states.map(
    ({ unread, seen }, number): StoredItem => ({
      id: idOf(number),
      user: 'ada',
      action: `a${number}`,
      at: hub.time.now() - number,
      pos: hub.time.now() * 1_000 - number,
      entered: hub.time.now() * 1_000 - number,
      rev: 1,
      unread,
      seen: seen || !unread,
    }),
  );
  await hub.stores.feeds.insert(items);
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
      rev: 1,
    })),
    1,
  );
  return hub;
}

const markBy = (deps: Deps, { mark, numbers }: Marking, position?: string) => {
  const named = numbers ? { ids: numbers.map(idOf) } : { all: true };
  const input = markInput.parse(position === undefined ? named : { ...named, position });
  return markFeed(deps, principal('ada'), { user: 'ada', mark, input, origin: null });
};
const stateOf = ({ unread, seen }: { unread: boolean; seen: boolean }) => ({ unread, seen });
const unread = { unread: true, seen: false };

const marking: fc.Arbitrary<Marking> = fc.record({
  mark: fc.constantFrom('read' as const, 'unread' as const, 'seen' as const),
  numbers: fc.option(fc.uniqueArray(fc.nat(MOST), { minLength: 1, maxLength: 3 }), { nil: undefined }),
});
const states = fc.array(fc.record({ unread: fc.boolean(), seen: fc.boolean() }), {
  minLength: 1,
  maxLength: MOST,
});

describe('marks', () => {
  it('made at once leave each item as they would have one after another', async () => {
    const markings = fc.array(marking, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(states, markings, fc.scheduler(), async (before, all, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        let pause: Pause = noPause;
        const hub = await hubWith(before, { pause: () => pause() });
        pause = step;
        await scheduler.waitFor(Promise.all(all.map((each) => markBy(hub.process(step), each))));
        const after = new Map(hub.stores.feeds.all().map((item) => [item.id, stateOf(item)]));
        for (const [number, state] of before.entries()) {
          const meant = all.filter(({ numbers }) => numbers?.includes(number) ?? true);
          const start = { unread: state.unread, seen: state.seen || !state.unread };
          const possible = orders(meant).map((order) =>
            order.reduce((item, { mark }) => markedItem(item, mark), start),
          );
          expect(possible).toContainEqual(after.get(idOf(number)));
        }
        expect(hub.clock.inFlight(SPACE)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are told of only where they were made, as they are in the end', async () => {
    const hub = await hubWith([unread, { unread: false, seen: true }]);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({ kind: 'marked', ids: [idOf(0)], unread: false, seen: true }),
    ]);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published).toHaveLength(1);
  });

  it('leave alone what changed after the position given, and what is not there', async () => {
    const hub = await hubWith([unread, unread]);
    const [, older] = hub.stores.feeds.all();
    const position = formatPosition(older?.pos ?? 0);
    expect(await markBy(hub.deps, { mark: 'read', numbers: undefined }, position)).toMatchObject({
      changed: 1,
      counts: { unread: 1 },
    });
    expect(await markBy(hub.deps, { mark: 'read', numbers: [3] })).toMatchObject({ changed: 0 });
    expect(hub.stores.feeds.all().map(stateOf)).toEqual([unread, { unread: false, seen: true }]);
  });

  it('leave alone what is bumped on the way, whichever is written first', async () => {
    const hub = await hubWith([unread]);
    const arrival = { at: hub.time.now(), ...unread };
    let pos = 0;
    const process = hub.process(async (method) => {
      if (method !== 'mark' || pos > 0) return;
      pos = await hub.clock.begin(SPACE, 'fan-out', ['ada']);
      await hub.stores.feeds.bump({ ids: [idOf(0)], rev: 2, pos, arrival });
      await hub.clock.end(SPACE, 'fan-out');
    });
    expect(await markBy(process, { mark: 'read', numbers: undefined })).toMatchObject({
      changed: 0,
      counts: { unread: 1 },
    });
    expect(hub.stores.feeds.all()).toMatchObject([{ ...unread, rev: 2, pos }]);
  });

  it('beyond a thousand are made in steps, of which the later ask for a reload', async () => {
    const hub = await hubWith(Array.from({ length: 2_500 }, () => unread));
    const { changed, counts } = await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect({ changed, counts }).toEqual({ changed: 2_500, counts: { unread: 0, unseen: 0, capped: false } });
    const kinds = hub.bus.published.map(({ message }) => message.kind);
    expect(kinds).toEqual(['marked', 'reset', 'reset']);
  });

  it('carry what they show while another change of the feed is being written', async () => {
    const hub = await hubWith([unread]);
    await hub.clock.begin(SPACE, 'fan-out', ['ada']);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({
        kind: 'items',
        items: [expect.objectContaining({ id: idOf(0), unread: false })],
        actions: [expect.objectContaining({ id: 'a0' })],
      }),
    ]);
  });
});

function orders<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first, index) => orders(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
