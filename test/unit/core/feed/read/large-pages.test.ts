/** Responses with large actions end early and return a cursor: nothing is missing, and no response is huge. */
import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../../../core/feed/read/changes.ts';
import { MAX_JOINED_CHARS } from '../../../../../core/feed/read/join-actions.ts';
import { listFeed } from '../../../../../core/feed/read/list.ts';
import { FeedWriter } from '../../../../../core/feed/write/writer.ts';
import { formatPosition } from '../../../../../core/model/positions.ts';
import type { FeedItem } from '../../../../../protocol/entities.ts';
import { feedQuery } from '../../../../../protocol/schemas/calls.ts';
import { MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import { actionOf, follow, upsertOf } from '../../../../support/model/fixtures.ts';

const LARGE = MAX_JOINED_CHARS / 4;

/** A hub with actions of these text lengths in ada's feed, newest last. Returns their items, newest first. */
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
  const drafts = actions.flatMap((action) => upsertOf(hub, action, 'ada').upserts);
  const byId = new Map(actions.map((action) => [action.id, action]));
  await writer.write({ upserts: drafts, actions: byId, removals: [] }, { readPosition: since });
  const ids = actions.map(({ id }) => `${id}:ada`).reverse();
  return { hub, since, ids };
}

/** Reads all pages. */
async function pages(hub: MemoryHub, filters: object): Promise<string[][]> {
  const read: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const query = feedQuery.parse({ limit: 100, ...filters, ...(cursor && { cursor }) });
    const page = await listFeed(hub.deps, principal('ada'), 'ada', query);
    read.push(page.items.map(({ id }) => id));
    expect(textOf(page.items)).toBeLessThan(MAX_JOINED_CHARS + LARGE);
    if (page.nextCursor === null) return read;
    cursor = page.nextCursor;
  }
}

const textOf = (items: readonly FeedItem[]): number =>
  items.reduce((sum, { action }) => sum + String(action.data.text).length, 0);

describe('a feed of large actions', () => {
  const filters = [{}, { includeOwn: true }, { object: 'project:p1' }, { verb: 'v1', includeOwn: true }];
  it.each(filters)('is listed completely, in pages that are not huge (%j)', async (filter) => {
    // Small actions come first, so their size does not predict the size of the others.
    const { hub, ids } = await feedOf([...Array(12).fill(LARGE), ...Array(30).fill(10)]);
    const wanted = 'verb' in filter ? ids.filter((id) => Number(id.slice(1, 4)) % 2 === 1) : ids;
    const read = await pages(hub, filter);
    expect(read.flat()).toEqual(wanted);
    expect(read.length).toBeLessThan(10);
  });

  it('may contain an action that is larger than a response', async () => {
    const { hub, ids } = await feedOf([10, MAX_JOINED_CHARS + 1, 10]);
    const [newest, large, oldest] = ids;
    const query = feedQuery.parse({ limit: 3 });
    const first = await listFeed(hub.deps, principal('ada'), 'ada', query);
    expect(first.items.map(({ id }) => id)).toEqual([newest, large]);
    const rest = feedQuery.parse({ cursor: first.nextCursor ?? undefined });
    const second = await listFeed(hub.deps, principal('ada'), 'ada', rest);
    expect([second.items.map(({ id }) => id), second.nextCursor]).toEqual([[oldest], null]);
  });

  it('returns changes in several responses, which together are complete', async () => {
    const { hub, since, ids } = await feedOf([...Array(12).fill(LARGE), ...Array(30).fill(10)]);
    await hub.stores.feeds.remove(['a009:ada'], await hub.clock.now(SPACE));
    const [items, removed] = [new Set<string>(), new Set<string>()];
    let responses = 0;
    for (let position = formatPosition(since), more = true; more; responses += 1) {
      const changes = await feedChanges(hub.deps, principal('ada'), 'ada', { position });
      expect(textOf(changes.items)).toBeLessThan(MAX_JOINED_CHARS + LARGE);
      for (const { id } of changes.items) items.add(id);
      for (const id of changes.removed) removed.add(id);
      ({ position, more } = changes);
    }
    expect([...items].sort()).toEqual(ids.filter((id) => id !== 'a009:ada').sort());
    expect([...removed]).toEqual(['a009:ada']);
    expect(responses).toBe(3);
  });
});
