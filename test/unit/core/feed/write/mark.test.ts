import { describe, expect, it } from 'vitest';
import { formatPosition } from '../../../../../core/model/positions.ts';
import { asPosition, FIRST_POSITION } from '../../../../../core/model/units.ts';
import { SPACE } from '../../../../support/memory/hub.ts';
import {
  expectSerialMarks,
  hubWith,
  idOf,
  markBy,
  stateOf,
  unread,
} from '../../../../support/model/marked-feed.ts';

describe('marks', () => {
  it('made concurrently leave each item as some serial order would', expectSerialMarks);

  it('are published only where they were applied, with the final state', async () => {
    const hub = await hubWith([unread, { unread: false, seen: true }]);
    await markBy(hub.deps, { mark: 'read' });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({ kind: 'marked', ids: [idOf(0)], unread: false, seen: true }),
    ]);
    await markBy(hub.deps, { mark: 'read' });
    expect(hub.bus.published).toHaveLength(1);
  });

  it('change no items that changed after the given position, and ignore unknown ones', async () => {
    const hub = await hubWith([unread, unread]);
    const [, older] = hub.stores.feeds.all();
    const position = formatPosition(older?.position ?? FIRST_POSITION);
    expect(await markBy(hub.deps, { mark: 'read' }, position)).toMatchObject({
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
    expect(await markBy(process, { mark: 'read' })).toMatchObject({
      changed: 0,
      counts: { unread: 1 },
    });
    expect(hub.stores.feeds.all()).toMatchObject([{ ...unread, version: 2, position }]);
  });

  it('beyond a thousand are applied in one more step, which publishes a reset', async () => {
    const hub = await hubWith(Array.from({ length: 2_500 }, () => unread));
    const { changed, counts } = await markBy(hub.deps, { mark: 'read' });
    expect({ changed, counts }).toEqual({ changed: 2_500, counts: { unread: 0, unseen: 0, capped: false } });
    const kinds = hub.bus.published.map(({ message }) => message.kind);
    expect(kinds).toEqual(['marked', 'reset']);
  });

  it('publish whole items while another change of the feed is being written', async () => {
    const hub = await hubWith([unread]);
    await hub.clock.begin(SPACE, 'fan-out', ['ada']);
    await markBy(hub.deps, { mark: 'read' });
    expect(hub.bus.published.map(({ message }) => message)).toEqual([
      expect.objectContaining({
        kind: 'items',
        groups: [expect.objectContaining({ action: 'a0', users: ['ada'], unread: false })],
        actions: [expect.objectContaining({ id: 'a0' })],
      }),
    ]);
  });
});
