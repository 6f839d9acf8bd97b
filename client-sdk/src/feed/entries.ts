/** The list of entries: always newest first, one per item. Pure functions on immutable lists. */
import type { FeedItem } from '../../../protocol/entities.ts';
import type { MarkedPush } from '../../../protocol/sockets.ts';
import type { Entry, Place } from './state.ts';

/** Negative where `a` is shown above `b`. */
export function compare(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at > b.at ? -1 : 1;
  if (a.id !== b.id) return a.id > b.id ? -1 : 1;
  return 0;
}

/** Whether a place is shown, the feed being known down to `floor`. */
export function isAbove(place: Place, floor: Place | null): boolean {
  return floor === null || compare(place, floor) <= 0;
}

/** Puts an item in, in place of an older state of it; the same list where a newer state is there. */
export function upsert(entries: readonly Entry[], item: FeedItem, position: string): readonly Entry[] {
  const index = entries.findIndex((entry) => entry.item.id === item.id);
  const existing = entries[index];
  if (existing === undefined) return entries.toSpliced(placeOf(entries, item), 0, { item, position });
  if (existing.position > position) return entries;
  if (existing.item.at === item.at) return entries.with(index, { item, position });
  const others = entries.toSpliced(index, 1);
  return others.toSpliced(placeOf(others, item), 0, { item, position });
}

/** Takes items out, but for those to which something newer was applied. */
export function remove(
  entries: readonly Entry[],
  ids: ReadonlySet<string>,
  position: string,
): readonly Entry[] {
  const left = entries.filter((entry) => !ids.has(entry.item.id) || entry.position > position);
  return left.length === entries.length ? entries : left;
}

/** Applies marks, but to nothing that changed after `position` (or after `upTo`). */
export function mark(entries: readonly Entry[], push: MarkedPush, upTo = push.position): readonly Entry[] {
  const ids = push.ids && new Set(push.ids);
  const named = (item: FeedItem): boolean => {
    if (push.all) return true;
    if (ids) return ids.has(item.id);
    return push.until !== undefined && item.at <= push.until;
  };
  let changed = false;
  const marked = entries.map((entry) => {
    if (entry.position > push.position || entry.position > upTo || !named(entry.item)) return entry;
    changed = true;
    return { item: withMarks(entry.item, push), position: push.position };
  });
  return changed ? marked : entries;
}

/** Read implies seen. */
function withMarks(item: FeedItem, { unread = item.unread, seen = item.seen }: MarkedPush): FeedItem {
  const seenNow = seen || !unread;
  return unread === item.unread && seenNow === item.seen ? item : { ...item, unread, seen: seenNow };
}

/** The index at which an item belongs, by bisection. */
function placeOf(entries: readonly Entry[], item: Place): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = entries[middle];
    if (there && compare(there.item, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
