/** Puts items into feeds, whatever is there of them already: nothing, an earlier revision, what was once removed. */
import type { StoredItem } from '../model.ts';
import type { Bump, FeedStore } from '../ports/feeds.ts';
import type { Arrival } from './arrival.ts';

export interface ArriveHow {
  pos: number;
  regroup: 'bump' | 'keep';
  /** Look before inserting: most are there already. */
  lookFirst: boolean;
}

export interface Arrived {
  /** As they are now, all under the position given. */
  changed: StoredItem[];
  /** Those that were in the feed, of this revision or a later one, and were left alone. */
  existing: StoredItem[];
  /** Something else came in between: to be tried again under a later position. */
  rest: Arrival[];
}

export async function arrive(
  feeds: FeedStore,
  arrivals: readonly Arrival[],
  { pos, regroup, lookFirst }: ArriveHow,
): Promise<Arrived> {
  if (arrivals.length === 0) return { changed: [], existing: [], rest: [] };
  const items = arrivals.map((arrival): StoredItem => ({ ...arrival, pos, entered: pos }));
  const known = lookFirst ? null : new Set(await feeds.insert(items));
  if (known?.size === 0) return { changed: items, existing: [], rest: [] };
  const changed = known ? items.filter((item) => !known.has(item.id)) : [];
  const { inFeed, removed, absent } = await look(feeds, known ? items.filter(is(known)) : items);
  const lost = new Set<string>();
  if (absent.length > 0) for (const id of await feeds.insert(absent)) lost.add(id);
  if (removed.length > 0) for (const id of await feeds.revive(removed)) lost.add(id);
  for (const item of [...absent, ...removed]) if (!lost.has(item.id)) changed.push(item);
  const older = items.filter((item) => (inFeed.get(item.id)?.rev ?? item.rev) < item.rev);
  const bumped = new Map((await bumpAll(feeds, older, regroup, pos)).map((item) => [item.id, item]));
  for (const { id } of older) if (!bumped.has(id)) lost.add(id);
  const isOlder = new Set(older.map((item) => item.id));
  return {
    changed: [...changed, ...bumped.values()],
    existing: [...inFeed.values()].filter((item) => !isOlder.has(item.id)),
    rest: arrivals.filter(is(lost)),
  };
}

const is =
  (ids: ReadonlySet<string>) =>
  ({ id }: { id: string }): boolean =>
    ids.has(id);

async function look(feeds: FeedStore, items: readonly StoredItem[]) {
  const found = await feeds.byIds(items.map((item) => item.id));
  const inFeed = new Map(found.map((item) => [item.id, item]));
  const others = items.filter((item) => !inFeed.has(item.id));
  const wereIn = others.length === 0 ? [] : await feeds.removedByIds(others.map((item) => item.id));
  const isRemoved = new Set(wereIn.map((item) => item.id));
  return {
    inFeed,
    removed: others.filter(is(isRemoved)),
    absent: others.filter((item) => !isRemoved.has(item.id)),
  };
}

/** Answers those that changed, as they are now. */
async function bumpAll(
  feeds: FeedStore,
  items: readonly StoredItem[],
  regroup: 'bump' | 'keep',
  pos: number,
): Promise<StoredItem[]> {
  if (items.length === 0) return [];
  const bumps = new Map<string, Bump & { ids: string[] }>();
  for (const { id, action, rev, at, unread, seen } of items) {
    const alike = regroup === 'keep' ? action : `${action}:${unread}:${seen}`;
    const bump = bumps.get(alike);
    if (bump) bump.ids.push(id);
    else
      bumps.set(alike, { ids: [id], rev, pos, ...(regroup === 'bump' && { arrival: { at, unread, seen } }) });
  }
  let changed = 0;
  for (const bump of bumps.values()) changed += await feeds.bump(bump);
  // All that a bump leaves is known; what is kept has to be read.
  if (regroup === 'bump' && changed === items.length) return [...items];
  const found = await feeds.byIds(items.map((item) => item.id));
  return found.filter((item) => item.pos === pos);
}
