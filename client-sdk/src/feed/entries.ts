/** The list of entries: always newest first, one per item. Pure functions on immutable lists. */
import type { FeedItem } from '../../../protocol/entities.ts';
import type { MarkedPush } from '../../../protocol/sockets.ts';
import { type Arrival, later, never, overtakes, type Stamp, stamped } from './stamp.ts';

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
  /** The turn since which it is as it is, but for this client's own marks. */
  readonly known: number;
  readonly own: Own;
}

/** What this client's own marks did to an item. */
export interface Own {
  /** Which it got by them on the hub; `''`: they found it as they wanted it. */
  readonly position: string;
  /** What is not newer than this they were put on top of. */
  readonly upTo: string;
  readonly flags: Flags;
}

/** What the hub said of such a mark: the position it gave it, and what was changed after the other it left alone. */
export type OwnMark = Pick<Own, 'position' | 'upTo'>;

export const noOwn: Own = { position: '', upTo: '', flags: {} };

/** The position of the latest that is known of an entry. */
export function stateOf({ content, marks, own }: Entry): string {
  return later(later(content.position, marks.position), own.position);
}

/** What a mark leaves of an item. Read implies seen. */
export interface Flags {
  readonly unread?: boolean;
  readonly seen?: boolean;
}

/** What marks name: exactly one of these. */
export type Named = Pick<MarkedPush, 'ids' | 'all' | 'until'>;

export type Entries = readonly Entry[];

/** Greater is shown above. Times are all of one length. */
const heightOf = ({ at, id }: Place): string => at + id;

/** Whether a place is shown, the feed being known down to `floor`. */
export function isAbove(place: Place, floor: Place | null): boolean {
  return floor === null || heightOf(place) >= heightOf(floor);
}

/**
 * Puts an item in, in place of an older state of it; keeps marks that are newer than it. `ownDoing` says of an entry and
 * what it becomes whether that is no more than what this client's own marks under way do. `covered`: what was pushed up to
 * there and is not among the entries has left the feed since.
 */
export function upsert(
  entries: Entries,
  item: FeedItem,
  arrival: Arrival,
  turn: number,
  covered: string,
  ownDoing: (entry: Entry, next: FeedItem) => boolean,
): Entries {
  const index = indexOf(entries, item);
  const existing = entries[index];
  if (existing === undefined) {
    if (!arrival.asked && arrival.position <= covered) return entries;
    const content = stamped(never, arrival, turn);
    return inserted(entries, { item, content, marks: never, known: turn, own: noOwn });
  }
  if (overtakes(existing.content, arrival)) return entries;
  const content = stamped(existing.content, arrival, turn);
  const isMarked = overtakes(existing.marks, arrival);
  // What an answer says was read after this client's own marks.
  const next = isMarked
    ? flagged(item, existing.item)
    : arrival.asked
      ? item
      : underOwn(item, existing, arrival);
  const repeats = isSame(existing.item, next);
  const entry: Entry = {
    item: repeats ? existing.item : next,
    content: isMarked ? content : stamped(existing.marks, content, turn),
    marks: isMarked ? existing.marks : never,
    known: repeats || ownDoing(existing, next) ? existing.known : turn,
    own: existing.own,
  };
  if (existing.item.at === item.at) return entries.with(index, entry);
  return inserted(entries.toSpliced(index, 1), entry);
}

/** Takes items out, but for those of which something newer is known. Newer marks alone do not keep an item. */
export function remove(entries: Entries, ids: ReadonlySet<string>, arrival: Arrival): Entries {
  const left = entries.filter(({ item, content }) => !ids.has(item.id) || overtakes(content, arrival));
  return left.length === entries.length ? entries : left;
}

/** Applies marks made elsewhere, but to nothing that is newer than they are. */
export function mark(entries: Entries, push: Named & Flags, arrival: Arrival, turn: number): Entries {
  const isNamed = namedBy(push);
  return entries.map((entry) => {
    if (!isNamed(entry.item)) return entry;
    if (overtakes(entry.content, arrival) || overtakes(entry.marks, arrival)) return entry;
    const item = underOwn(flagged(entry.item, push), entry, arrival);
    const known = item === entry.item ? entry.known : turn;
    return { ...entry, item, marks: stamped(entry.marks, arrival, turn), known };
  });
}

/** Applies a mark of this client's own that the hub carried out, but to nothing that changed after `upTo`. */
export function markOwn(entries: Entries, named: Named, flags: Flags, { position, upTo }: OwnMark): Entries {
  const isNamed = namedBy(named);
  return entries.map((entry) => {
    const { item, own } = entry;
    if (stateOf(entry) > upTo || !isNamed(item)) return entry;
    const next = flagged(item, flags);
    const changed = next === item ? own.position : position;
    return { ...entry, item: next, own: { position: changed, upTo, flags: { ...own.flags, ...flags } } };
  });
}

/** What arrives late, and is older than a mark of this client's own, with that mark. */
function underOwn(item: FeedItem, { own }: Entry, { position }: Arrival): FeedItem {
  return position <= own.upTo ? flagged(item, own.flags) : item;
}

function namedBy({ ids, all, until }: Named): (item: FeedItem) => boolean {
  if (all) return () => true;
  if (until !== undefined) return (item) => item.at <= until;
  const set = new Set(ids);
  return (item) => set.has(item.id);
}

/** Items as they were marked last, so that one that is marked alike again is the same object. */
const marked = new WeakMap<FeedItem, FeedItem>();

/** The item with the marks: itself where it has them. */
export function flagged(item: FeedItem, { unread = item.unread, seen = item.seen }: Flags): FeedItem {
  const isSo = (each: FeedItem) => each.unread === unread && each.seen === (seen || !unread);
  if (isSo(item)) return item;
  const known = marked.get(item);
  if (known && isSo(known)) return known;
  const next = { ...item, unread, seen: seen || !unread };
  marked.set(item, next);
  return next;
}

/** An answer may repeat what is known. Items come as JSON, and the hub writes their fields in one order. */
export function isSame(a: FeedItem, b: FeedItem): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function inserted(entries: Entries, entry: Entry): Entries {
  return entries.toSpliced(placeOf(entries, entry.item), 0, entry);
}

/** Most often it is where its `at` says; a bumped one has to be looked for. */
function indexOf(entries: Entries, item: Place): number {
  const index = placeOf(entries, item);
  return entries[index]?.item.id === item.id
    ? index
    : entries.findIndex((entry) => entry.item.id === item.id);
}

/** How many of the entries are above a place, at it not among them. */
function placeOf(entries: Entries, place: Place): number {
  return countWhile(entries, (item) => heightOf(item) > heightOf(place));
}

/** How many come first for which it holds, by bisection: below the first for which it does not, it holds for none. */
export function countWhile(entries: Entries, holds: (item: FeedItem) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = entries[middle];
    if (there && holds(there.item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
