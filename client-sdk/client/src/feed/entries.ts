/** The list of entries: newest first, one per item. Pure functions on immutable lists. */
import type { FeedItem, Pressed } from '../../../../protocol/entities.ts';
import type { MarkedPush } from '../../../../protocol/sockets.ts';
import {
  advanceVersion,
  type Incoming,
  initialVersion,
  isNewer,
  laterPosition,
  type Version,
} from './version.ts';

/** The sort order of the feed: by `at`, then by id, newest first. */
export interface SortKey {
  readonly at: string;
  readonly id: string;
}

/** An item with the version of its content and the version of the marks applied to it since. */
export interface Entry {
  readonly item: FeedItem;
  readonly contentVersion: Version;
  readonly marksVersion: Version;
  /** The sequence number of the last change that this client's own marks did not cause. */
  readonly unchangedSince: number;
  readonly ownMark: OwnMarkState;
}

/** The effect of this client's own marks on an item. */
export interface OwnMarkState {
  /** The position that the hub assigned to the marked item; `''`: the marks changed nothing. */
  readonly position: string;
  /** The marks apply to states of the item up to this position. */
  readonly upTo: string;
  readonly flags: MarkFlags;
}

/** The hub's response to an own mark: the mark's position, and the position up to which items were marked. */
export type OwnMark = Pick<OwnMarkState, 'position' | 'upTo'>;

export const noOwnMark: OwnMarkState = { position: '', upTo: '', flags: {} };

/** The latest known position of an entry. */
export function entryPosition({ contentVersion, marksVersion, ownMark }: Entry): string {
  return laterPosition(laterPosition(contentVersion.position, marksVersion.position), ownMark.position);
}

/** The fields of an item that a mark sets: its flags, its state and its press. Read implies seen. */
export type MarkFlags = Readonly<Partial<Pick<FeedItem, 'unread' | 'seen' | 'archived' | 'snoozedUntil'>>> & {
  readonly pressed?: Pressed;
};

/** Entries are in any state, and the feed shows its inbox: an item that returns is shown at once. */
export const isInInbox = ({ archived, snoozedUntil }: FeedItem): boolean => !archived && !snoozedUntil;

/** The items that a mark selects: exactly one of these fields. */
export type MarkSelection = Pick<MarkedPush, 'ids' | 'all' | 'until'>;

export type Entries = readonly Entry[];

/** A greater key sorts higher. All timestamps have the same length, so they compare as strings. */
const encodeSortKey = ({ at, id }: SortKey): string => at + id;

/** Whether an item at this key is shown, if the feed is loaded down to `loadedDownTo`. */
export function isLoaded(key: SortKey, loadedDownTo: SortKey | null): boolean {
  return loadedDownTo === null || encodeSortKey(key) >= encodeSortKey(loadedDownTo);
}

/**
 * Inserts an item, or replaces an older state of it. Keeps marks that are newer than the item. `isOwnChange` returns
 * whether this client's own pending marks fully explain the change of an entry. A pushed item up to `syncedPosition`
 * that is not in `entries` has already left the feed, so it is not inserted.
 */
export function upsert(
  entries: Entries,
  item: FeedItem,
  incoming: Incoming,
  sequence: number,
  syncedPosition: string,
  isOwnChange: (entry: Entry, next: FeedItem) => boolean,
): Entries {
  const index = indexOf(entries, item);
  const existing = entries[index];
  if (existing === undefined) {
    if (!incoming.requestContext && incoming.position <= syncedPosition) return entries;
    const contentVersion = advanceVersion(initialVersion, incoming, sequence);
    return insert(entries, {
      item,
      contentVersion,
      marksVersion: initialVersion,
      unchangedSince: sequence,
      ownMark: noOwnMark,
    });
  }
  if (isNewer(existing.contentVersion, incoming)) return entries;
  const contentVersion = advanceVersion(existing.contentVersion, incoming, sequence);
  const hasNewerMarks = isNewer(existing.marksVersion, incoming);
  // A response was read after this client's own marks were written, so it already contains them.
  const { unread, seen } = existing.item;
  // Pushed marks set these flags only.
  const next = hasNewerMarks
    ? withFlags(item, { unread, seen })
    : incoming.requestContext
      ? item
      : withOwnMark(item, existing, incoming);
  const isUnchanged = isEqualItem(existing.item, next);
  const entry: Entry = {
    item: isUnchanged ? existing.item : next,
    contentVersion: hasNewerMarks
      ? contentVersion
      : advanceVersion(existing.marksVersion, contentVersion, sequence),
    marksVersion: hasNewerMarks ? existing.marksVersion : initialVersion,
    unchangedSince: isUnchanged || isOwnChange(existing, next) ? existing.unchangedSince : sequence,
    ownMark: existing.ownMark,
  };
  if (existing.item.at === item.at) return entries.with(index, entry);
  return insert(entries.toSpliced(index, 1), entry);
}

/** Removes items, unless their content is newer. Newer marks alone do not keep an item. */
export function remove(entries: Entries, ids: ReadonlySet<string>, incoming: Incoming): Entries {
  const remaining = entries.filter(
    ({ item, contentVersion }) => !ids.has(item.id) || isNewer(contentVersion, incoming),
  );
  return remaining.length === entries.length ? entries : remaining;
}

/** Applies marks that the hub pushed, except to newer entries. */
export function mark(
  entries: Entries,
  push: MarkSelection & MarkFlags,
  incoming: Incoming,
  sequence: number,
): Entries {
  const isSelected = selectionFilter(push);
  return entries.map((entry) => {
    if (!isSelected(entry.item)) return entry;
    if (isNewer(entry.contentVersion, incoming) || isNewer(entry.marksVersion, incoming)) return entry;
    const item = withOwnMark(withFlags(entry.item, push), entry, incoming);
    const unchangedSince = item === entry.item ? entry.unchangedSince : sequence;
    return {
      ...entry,
      item,
      marksVersion: advanceVersion(entry.marksVersion, incoming, sequence),
      unchangedSince,
    };
  });
}

/** Applies an own mark that the hub confirmed, except to entries that changed after `upTo`. */
export function applyOwnMark(
  entries: Entries,
  selection: MarkSelection,
  flags: MarkFlags,
  { position, upTo }: OwnMark,
): Entries {
  const isSelected = selectionFilter(selection);
  return entries.map((entry) => {
    const { item, ownMark } = entry;
    if (entryPosition(entry) > upTo || !isSelected(item)) return entry;
    const next = withFlags(item, flags);
    const ownPosition = next === item ? ownMark.position : position;
    return {
      ...entry,
      item: next,
      ownMark: { position: ownPosition, upTo, flags: { ...ownMark.flags, ...flags } },
    };
  });
}

/** Adds an own mark to a late item that is older than the mark. */
function withOwnMark(item: FeedItem, { ownMark }: Entry, { position }: Incoming): FeedItem {
  return position <= ownMark.upTo ? withFlags(item, ownMark.flags) : item;
}

/** Without ids, a mark concerns the inbox. */
function selectionFilter({ ids, all, until }: MarkSelection): (item: FeedItem) => boolean {
  if (all) return isInInbox;
  if (until !== undefined) return (item) => isInInbox(item) && item.at <= until;
  const set = new Set(ids);
  return (item) => set.has(item.id);
}

/** The last flagged version of each item, so that the same flags produce the same object. */
const flaggedItems = new WeakMap<FeedItem, FeedItem>();

/** Returns the item with the flags set: the same object if they are set already. */
export function withFlags(item: FeedItem, flags: MarkFlags): FeedItem {
  const {
    unread = item.unread,
    seen = item.seen,
    archived = item.archived,
    snoozedUntil = item.snoozedUntil,
    pressed = item.pressed,
  } = flags;
  const hasFlags = (candidate: FeedItem) =>
    candidate.unread === unread &&
    candidate.seen === (seen || !unread) &&
    candidate.archived === archived &&
    candidate.snoozedUntil === snoozedUntil &&
    candidate.pressed === pressed;
  if (hasFlags(item)) return item;
  const cached = flaggedItems.get(item);
  if (cached && hasFlags(cached)) return cached;
  const next = { ...item, unread, seen: seen || !unread, archived, snoozedUntil, pressed };
  flaggedItems.set(item, next);
  return next;
}

/** A response may repeat known items. Comparing JSON is safe: the hub always writes fields in the same order. */
export function isEqualItem(a: FeedItem, b: FeedItem): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function insert(entries: Entries, entry: Entry): Entries {
  return entries.toSpliced(insertionIndex(entries, entry.item), 0, entry);
}

/** Usually the item is at the index of its key. A bumped item has a new key, so it is searched by id. */
function indexOf(entries: Entries, key: SortKey): number {
  const index = insertionIndex(entries, key);
  return entries[index]?.item.id === key.id ? index : entries.findIndex((entry) => entry.item.id === key.id);
}

/** The number of entries above the key, exclusive. */
function insertionIndex(entries: Entries, key: SortKey): number {
  return countWhile(entries, (item) => encodeSortKey(item) > encodeSortKey(key));
}

/** The length of the leading run that satisfies `predicate`, by binary search: it must hold for a prefix only. */
export function countWhile(entries: Entries, predicate: (item: FeedItem) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry && predicate(entry.item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
