/** The list of entries: always newest first, one per item. Pure functions on immutable lists. */
import type { FeedItem } from '../../../protocol/entities.ts';
import type { MarkedPush } from '../../../protocol/sockets.ts';
import { type Arrival, never, overtakes, type Stamp, stamped } from './stamp.ts';

/** A place in the feed's order: by `at`, ties by id, newest first. */
export interface Place {
  readonly at: string;
  readonly id: string;
}

/** An item, when it was last applied as a whole, and when marks were applied to it since. */
export interface Entry {
  readonly item: FeedItem;
  readonly content: Stamp;
  readonly marks: Stamp;
}

export type Entries = readonly Entry[];

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

/** Puts an item in, in place of an older state of it; keeps marks that are newer than it. */
export function upsert(entries: Entries, item: FeedItem, arrival: Arrival, turn: number): Entries {
  const index = entries.findIndex((entry) => entry.item.id === item.id);
  const existing = entries[index];
  if (existing === undefined) {
    const content = stamped(never, arrival, turn);
    return entries.toSpliced(placeOf(entries, item), 0, { item, content, marks: never });
  }
  if (overtakes(existing.content, arrival)) return entries;
  const content = stamped(existing.content, arrival, turn);
  const entry = overtakes(existing.marks, arrival)
    ? { item: withMarks(item, existing.item), content, marks: existing.marks }
    : { item, content: stamped(existing.marks, content, turn), marks: never };
  if (existing.item.at === item.at) return entries.with(index, entry);
  const others = entries.toSpliced(index, 1);
  return others.toSpliced(placeOf(others, item), 0, entry);
}

/** Takes items out, but for those of which something newer is known. Newer marks alone do not keep an item. */
export function remove(entries: Entries, ids: ReadonlySet<string>, arrival: Arrival): Entries {
  const left = entries.filter(({ item, content }) => !ids.has(item.id) || overtakes(content, arrival));
  return left.length === entries.length ? entries : left;
}

/** Applies marks, but to nothing that is newer than they are. */
export function mark(entries: Entries, push: MarkedPush, arrival: Arrival, turn: number): Entries {
  const ids = push.ids && new Set(push.ids);
  const named = (item: FeedItem): boolean => {
    if (push.all) return true;
    if (ids) return ids.has(item.id);
    return push.until !== undefined && item.at <= push.until;
  };
  return entries.map((entry) => {
    const { item, content, marks } = entry;
    if (!named(item) || overtakes(content, arrival) || overtakes(marks, arrival)) return entry;
    return { item: withMarks(item, push), content, marks: stamped(marks, arrival, turn) };
  });
}

/** Read implies seen. */
function withMarks(
  item: FeedItem,
  { unread = item.unread, seen = item.seen }: { unread?: boolean; seen?: boolean },
): FeedItem {
  const seenNow = seen || !unread;
  return unread === item.unread && seenNow === item.seen ? item : { ...item, unread, seen: seenNow };
}

/** The index at which an item belongs, by bisection. */
function placeOf(entries: Entries, item: Place): number {
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
