import { describe, expect, it, vi } from 'vitest';
import { feedChanges } from '../../../../../core/feed/read/changes.ts';
import { formatPosition } from '../../../../../core/model/positions.ts';
import { asPosition } from '../../../../../core/model/units.ts';
import { type MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import { expectSerialMarks, hubWith, idOf, markBy, unread } from '../../../../support/model/marked-feed.ts';

vi.mock('../../../../../core/feed/write/mark-bounds.ts', () => ({
  markBounds: { listed: 2, perWrite: 2 },
}));

const readAll = { mark: 'read' } as const;
const unreadItems = (hub: MemoryHub) => hub.stores.feeds.all().filter((item) => item.unread);
const kinds = (hub: MemoryHub) => hub.bus.published.map(({ message }) => message.kind);

describe('marks of more items than are listed', () => {
  it('made concurrently leave each item as some serial order would', expectSerialMarks);

  it('change the rest in a few writes, without reading it, and publish a reset for each', async () => {
    const hub = await hubWith(Array.from({ length: 7 }, () => unread));
    const calls: string[] = [];
    const process = hub.process(async (method, port) => {
      if (port === 'feeds') calls.push(method);
    });
    expect(await markBy(process, readAll)).toMatchObject({ changed: 7, counts: { unread: 0 } });
    expect(unreadItems(hub)).toEqual([]);
    expect(kinds(hub)).toEqual(['marked', 'reset', 'reset', 'reset']);
    const writes = Array.from({ length: 3 }, () => ['markBoundary', 'mark']).flat();
    // Twice nothing is left: of this pass, and for the next one.
    const rest = [...writes, 'markBoundary', 'markBoundary'];
    expect(calls).toEqual(['markable', 'mark', ...rest, 'counts']);
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });

  it('up to a time leave later items alone', async () => {
    const hub = await hubWith(Array.from({ length: 6 }, () => unread));
    const [newest] = hub.stores.feeds.all();
    const until = new Date((newest?.at ?? 0) - 1).toISOString();
    expect(await markBy(hub.deps, { mark: 'read', until })).toMatchObject({ changed: 5 });
    expect(unreadItems(hub).map(({ id }) => id)).toEqual([idOf(0)]);
  });

  it('change no items that are delivered or bumped between two writes', async () => {
    const hub = await hubWith(Array.from({ length: 6 }, () => unread));
    let bumpedAt = 0;
    const process = hub.process(async (method) => {
      if (method !== 'markBoundary' || bumpedAt > 0) return;
      bumpedAt = await hub.clock.begin(SPACE, 'fan-out', ['ada']);
      const redeliverAs = { at: hub.time.now(), ...unread };
      const bump = { ids: [idOf(0), idOf(5)], version: 2, position: asPosition(bumpedAt), redeliverAs };
      await hub.stores.feeds.bump([bump]);
      await hub.clock.end(SPACE, 'fan-out');
    });
    await markBy(process, readAll);
    expect(unreadItems(hub)).toMatchObject([
      { id: idOf(0), position: bumpedAt },
      { id: idOf(5), position: bumpedAt },
    ]);
  });

  it('are read after a slow write by clients that had read past its position', async () => {
    const hub = await hubWith(Array.from({ length: 4 }, () => unread));
    let writes = 0;
    let passed = '';
    const process = hub.process(async (method, port) => {
      if (port !== 'feeds' || method !== 'mark') return;
      writes += 1;
      if (writes !== 2) return;
      hub.time.advance(31_000);
      // More than the overlap window of `feed:changes` later.
      passed = (
        await feedChanges(hub.deps, principal('ada'), 'ada', { position: formatPosition(asPosition(0)) })
      ).position;
      hub.time.advance(31_000);
    });
    await markBy(process, readAll);
    const { items } = await feedChanges(hub.deps, principal('ada'), 'ada', { position: passed });
    expect(items.map((item) => item.unread)).toEqual([false, false]);
    expect(kinds(hub)).toEqual(['marked', 'reset', 'reset']);
    expect(hub.clock.inFlightCount(SPACE)).toBe(0);
  });
});
