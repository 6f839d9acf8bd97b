/** Answers about feeds of large actions end early and say where to go on: nothing is left out, and none is huge. */
import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../core/feed/changes.ts';
import { listFeed } from '../../../core/feed/list.ts';
import { MOST_SHOWN } from '../../../core/feed/shown.ts';
import { FeedWriter } from '../../../core/feed/writer.ts';
import { formatPosition } from '../../../core/positions.ts';
import type { FeedItem } from '../../../protocol/entities.ts';
import { feedQuery } from '../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../support/memory/hub.ts';
import { actionOf, arriving, follow } from '../../support/model/written.ts';

const LARGE = MOST_SHOWN / 4;

/** A hub in whose feed of ada are actions with texts of these lengths, the newest last. Answers their items, newest first. */
async function feedOf(lengths: readonly number[]) {
  const hub = new MemoryHub();
  const writer = new FeedWriter(hub.deps, hub.stores, SPACE);
  const since = await hub.clock.now(SPACE);
  await follow(hub, 'ada');
  const actions = lengths.map((length, index) => {
    hub.time.advance(1_000);
    const data = { text: 'x'.repeat(length) };
    return actionOf(hub, `a${String(index).padStart(3, '0')}`, { data, verb: `v${index % 2}` });
  });
  await hub.stores.actions.insertInOrder(actions, since);
  const arrivals = actions.flatMap((action) => arriving(hub, action, 'ada').arrivals);
  const byId = new Map(actions.map((action) => [action.id, action]));
  await writer.write({ arrivals, actions: byId, removals: [] }, { since });
  const ids = actions.map(({ id }) => `${id}:ada`).reverse();
  return { hub, since, ids };
}

/** By pages, until there is no next one. */
async function pages(hub: MemoryHub, filters: object): Promise<string[][]> {
  const read: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const query = feedQuery.parse({ limit: 100, ...filters, ...(cursor && { cursor }) });
    const page = await listFeed(hub.deps, principal('ada'), 'ada', query);
    read.push(page.items.map(({ id }) => id));
    expect(textOf(page.items)).toBeLessThan(MOST_SHOWN + LARGE);
    if (page.nextCursor === null) return read;
    cursor = page.nextCursor;
  }
}

const textOf = (items: readonly FeedItem[]): number =>
  items.reduce((sum, { action }) => sum + String(action.data.text).length, 0);

describe('a feed of large actions', () => {
  const filters = [{}, { includeOwn: true }, { object: 'project:p1' }, { verb: 'v1', includeOwn: true }];
  it.each(filters)('is listed whole, by pages that are not huge (%j)', async (filter) => {
    // Small ones first, by which the others cannot be told.
    const { hub, ids } = await feedOf([...Array(12).fill(LARGE), ...Array(30).fill(10)]);
    const wanted = 'verb' in filter ? ids.filter((id) => Number(id.slice(1, 4)) % 2 === 1) : ids;
    const read = await pages(hub, filter);
    expect(read.flat()).toEqual(wanted);
    expect(read.length).toBeLessThan(10);
  });

  it('may hold one that is larger than an answer', async () => {
    const { hub, ids } = await feedOf([10, MOST_SHOWN + 1, 10]);
    const [newest, large, oldest] = ids;
    const query = feedQuery.parse({ limit: 3 });
    const first = await listFeed(hub.deps, principal('ada'), 'ada', query);
    expect(first.items.map(({ id }) => id)).toEqual([newest, large]);
    const rest = feedQuery.parse({ cursor: first.nextCursor ?? undefined });
    const second = await listFeed(hub.deps, principal('ada'), 'ada', rest);
    expect([second.items.map(({ id }) => id), second.nextCursor]).toEqual([[oldest], null]);
  });

  it('tells what changed in several answers, which together tell all', async () => {
    const { hub, since, ids } = await feedOf([...Array(12).fill(LARGE), ...Array(30).fill(10)]);
    await hub.stores.feeds.remove(['a009:ada'], await hub.clock.now(SPACE));
    const [items, removed] = [new Set<string>(), new Set<string>()];
    let answers = 0;
    for (let position = formatPosition(since), more = true; more; answers += 1) {
      const changes = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
      expect(textOf(changes.items)).toBeLessThan(MOST_SHOWN + LARGE);
      for (const { id } of changes.items) items.add(id);
      for (const id of changes.removed) removed.add(id);
      ({ position, more } = changes);
    }
    expect([...items].sort()).toEqual(ids.filter((id) => id !== 'a009:ada').sort());
    expect([...removed]).toEqual(['a009:ada']);
    expect(answers).toBe(3);
  });
});
