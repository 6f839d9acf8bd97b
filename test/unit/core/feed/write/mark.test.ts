import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markFeed } from '../../../../../core/feed/write/mark.ts';
import type { StoredItem } from '../../../../../core/model/entities.ts';
import { formatPosition } from '../../../../../core/model/positions.ts';
import { asMillis, asPosition, FIRST_POSITION } from '../../../../../core/model/units.ts';
import { applyMark } from '../../../../../dev/model/feed.ts';
import { markInput } from '../../../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import { noPause, type Pause } from '../../../../support/memory/pause.ts';

type Deps = MemoryHub['deps'];
type Marking = { mark: 'read' | 'unread' | 'seen'; numbers: number[] | undefined };

const MAX_MARKS = 4;
const idOf = (number: number): string => `a${number}:ada`;

/** A hub with items in these states in ada's feed. */
async function hubWith(states: ReadonlyArray<{ unread: boolean; seen: boolean }>, options = {}) {
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
      version: 1,
    })),
    asPosition(1),
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
  numbers: fc.option(fc.uniqueArray(fc.nat(MAX_MARKS), { minLength: 1, maxLength: 3 }), { nil: undefined }),
});
const states = fc.array(fc.record({ unread: fc.boolean(), seen: fc.boolean() }), {
  minLength: 1,
  maxLength: MAX_MARKS,
});

describe('marks', () => {
  it('made concurrently leave each item as some serial order would', async () => {
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
          const affecting = all.filter(({ numbers }) => numbers?.includes(number) ?? true);
          const start = { unread: state.unread, seen: state.seen || !state.unread };
          const possible = orders(affecting).map((order) =>
            order.reduce((item, { mark }) => applyMark(item, mark), start),
          );
          expect(possible).toContainEqual(after.get(idOf(number)));
        }
        expect(hub.clock.inFlightCount(SPACE)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are published only where they were applied, with the final state', async () => {
    const hub = await hubWith([unread, { unread: false, seen: true }]);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({ kind: 'marked', ids: [idOf(0)], unread: false, seen: true }),
    ]);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published).toHaveLength(1);
  });

  it('change no items that changed after the given position, and ignore unknown ones', async () => {
    const hub = await hubWith([unread, unread]);
    const [, older] = hub.stores.feeds.all();
    const position = formatPosition(older?.position ?? FIRST_POSITION);
    expect(await markBy(hub.deps, { mark: 'read', numbers: undefined }, position)).toMatchObject({
      changed: 1,
      counts: { unread: 1 },
    });
    expect(await markBy(hub.deps, { mark: 'read', numbers: [3] })).toMatchObject({ changed: 0 });
    expect(hub.stores.feeds.all().map(stateOf)).toEqual([unread, { unread: false, seen: true }]);
  });

  it('change no items that are bumped meanwhile, whichever is written first', async () => {
    const hub = await hubWith([unread]);
    const redeliverAs = { at: hub.time.now(), ...unread };
    let position = 0;
    const process = hub.process(async (method) => {
      if (method !== 'mark' || position > 0) return;
      position = await hub.clock.begin(SPACE, 'fan-out', ['ada']);
      await hub.stores.feeds.bump([
        { ids: [idOf(0)], version: 2, position: asPosition(position), redeliverAs },
      ]);
      await hub.clock.end(SPACE, 'fan-out');
    });
    expect(await markBy(process, { mark: 'read', numbers: undefined })).toMatchObject({
      changed: 0,
      counts: { unread: 1 },
    });
    expect(hub.stores.feeds.all()).toMatchObject([{ ...unread, version: 2, position }]);
  });

  it('beyond a thousand are applied in steps, the later of which return a reset', async () => {
    const hub = await hubWith(Array.from({ length: 2_500 }, () => unread));
    const { changed, counts } = await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect({ changed, counts }).toEqual({ changed: 2_500, counts: { unread: 0, unseen: 0, capped: false } });
    const kinds = hub.bus.published.map(({ message }) => message.kind);
    expect(kinds).toEqual(['marked', 'reset', 'reset']);
  });

  it('publish whole items while another change of the feed is being written', async () => {
    const hub = await hubWith([unread]);
    await hub.clock.begin(SPACE, 'fan-out', ['ada']);
    await markBy(hub.deps, { mark: 'read', numbers: undefined });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({
        kind: 'items',
        groups: [expect.objectContaining({ action: 'a0', users: ['ada'], unread: false })],
        actions: [expect.objectContaining({ id: 'a0' })],
      }),
    ]);
  });
});

function orders<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first, index) => orders(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
