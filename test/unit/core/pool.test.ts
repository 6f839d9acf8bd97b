/** What actions may be grouped into is read as it can be held: many small ones at once, of large ones few at a time. */
import { describe, expect, it } from 'vitest';
import { ArrivedPiece } from '../../../core/grouping/piece.ts';
import { Pool } from '../../../core/grouping/pool.ts';
import { SettingsHandlers } from '../../../core/handlers.ts';
import type { AcceptedAction, StoredAction } from '../../../core/model.ts';
import { defaultSettings } from '../../../core/settings.ts';
import { MemoryActions } from '../../support/memory/actions.ts';

const MILLION = 1_000_000;

const action = (id: string, timestamp: number, length: number): AcceptedAction => ({
  id,
  actor: { type: 'user', id: 'ada' },
  verb: 'played',
  targets: [{ type: 'song', id: '1', image: 'i'.repeat(length) }],
  related: [],
  level: 30,
  data: {},
  timestamp,
  updatedAt: timestamp,
  count: 1,
  notify: [],
  seq: 1,
  acceptedAt: 1,
});

/** A seeker, a pool over this many stored actions of this length, newest first, and how many each call asked for. */
function poolOver(count: number, length: number) {
  const stored = Array.from({ length: count }, (_, index): StoredAction => {
    const id = String(count - index).padStart(5, '0');
    return { ...action(id, count - index, length), rev: 1 };
  });
  const asked: number[] = [];
  const store = new MemoryActions();
  store.similar = async ({ after, limit }) => {
    asked.push(limit);
    const start = after ? stored.findIndex(({ id }) => id === after.id) + 1 : 0;
    return stored.slice(start, start + limit);
  };
  const pool = new Pool(store, new SettingsHandlers(defaultSettings, () => undefined), new Set());
  const arriving = action('a', count, 10);
  const piece = new ArrivedPiece(arriving, { bytes: 0, id: '1-0', actions: [arriving] }, null);
  return { pool, seeker: { piece, within: MILLION }, asked, ids: stored.map(({ id }) => id) };
}

async function found({ pool, seeker }: ReturnType<typeof poolOver>): Promise<string[]> {
  const ids = pool.here(seeker).map(({ id }) => id);
  for await (const page of pool.elsewhere(seeker)) ids.push(...page.map(({ id }) => id));
  return ids;
}

describe('stored actions that may be joined', () => {
  it('are read once for the whole drain, where they are few and small', async () => {
    const world = poolOver(900, 10);
    await world.pool.load([world.seeker]);
    expect(await found(world)).toEqual(world.ids);
    expect(world.asked).toEqual([100, 400, 500]);
  });

  it('are read by whoever seeks where they are many, newest first', async () => {
    const world = poolOver(2_000, 10);
    await world.pool.load([world.seeker]);
    world.asked.length = 0;
    expect(await found(world)).toEqual(world.ids);
    expect(world.asked).toEqual([100, 400, 1_000, 1_000]);
  });

  it('are read few at a time where they are large', async () => {
    const world = poolOver(150, MILLION);
    await world.pool.load([world.seeker]);
    expect(world.asked).toEqual([100]);
    world.asked.length = 0;
    expect(await found(world)).toEqual(world.ids);
    expect(world.asked).toEqual([100, 17, 17, 17]);
  });
});
