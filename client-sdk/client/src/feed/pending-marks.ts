/**
 * Pending marks (decision 26). They are an overlay: the state holds what the hub sent, the snapshot adds what the user
 * did. A mark covers the entries that were known when it was made and have not changed since. Later changes are shown
 * unmarked. Pure functions.
 */
import type { Counts, FeedItem } from '../../../../protocol/entities.ts';
import { type Entries, type Entry, isEqualItem, isInInbox, type MarkFlags, withFlags } from './entries.ts';
import { laterPosition } from './version.ts';

export interface PendingMark {
  readonly id: number;
  /** null: the whole inbox. */
  readonly ids: ReadonlySet<string> | null;
  readonly flags: MarkFlags;
  /** Items that the hub changed after this position are not marked; `''`: no position was known. */
  readonly upTo: string;
  /** The state's sequence number when the mark was made. */
  readonly sequence: number;
  /** The hub applied the mark, so the entries include it. The counts do not yet. */
  readonly isConfirmed: boolean;
}

/**
 * Pending marks, and the basis of the estimated counts. It is unknown whether pushed counts already include the marks,
 * so pushed counts are not shown until no mark is pending.
 */
export interface PendingMarks {
  /** Oldest first. */
  readonly marks: readonly PendingMark[];
  /** The counts when the first mark was made, or from a later response, with the position and entries of that time. */
  readonly counts: Counts;
  readonly position: string;
  readonly entries: Entries;
}

/** The item of an entry with all marks that cover it. */
export function itemWithMarks(entry: Entry, marks: readonly PendingMark[]): FeedItem {
  let { item } = entry;
  for (const mark of marks) {
    if (covers(mark, entry)) item = withFlags(item, mark.flags);
  }
  return item;
}

/**
 * Whether pending marks alone, the first or several of them, explain the change of an entry to `next`. The hub may push
 * their effect before it responds.
 */
export function isCausedBy(marks: readonly PendingMark[], entry: Entry, next: FeedItem): boolean {
  return marks.some((_, index) => {
    const marked = itemWithMarks(entry, marks.slice(0, index + 1));
    // The hub sets the time of a press.
    const isSamePress = next.pressed && next.pressed.button === marked.pressed?.button;
    return isEqualItem(isSamePress ? { ...marked, pressed: next.pressed } : marked, next);
  });
}

/** The entries that the mark covers but whose flags differ from it. */
export function unappliedEntries(mark: PendingMark, entries: Entries): Entries {
  return entries.filter((entry) => covers(mark, entry) && withFlags(entry.item, mark.flags) !== entry.item);
}

/**
 * Estimates the counts: the hub's counts, adjusted by the effect of the marks on the items known then. If all items
 * were marked, items beyond the loaded pages count as marked as well. Capped counts are not exact, so they stay
 * unchanged.
 */
export function estimateCounts({ marks, counts, position, entries }: PendingMarks): Counts {
  const sum = { unread: 0, unseen: 0 };
  const delta = { unread: 0, unseen: 0 };
  const allRead = marks.some(({ ids, flags }) => ids === null && flags.unread === false);
  const allSeen = marks.some(({ ids, flags }) => ids === null && flags.seen);
  for (const entry of entries) {
    const { item } = entry;
    const marked = itemWithMarks(entry, marks);
    // Most items are not marked, and the sum is needed only if all were.
    if (marked === item && !allSeen) continue;
    // Entries newer than the counts are not included in them.
    if (laterPosition(entry.contentVersion.position, entry.marksVersion.position) > position) continue;
    sum.unread += isUnread(marked);
    sum.unseen += isUnseen(marked);
    delta.unread += isUnread(marked) - isUnread(item);
    delta.unseen += isUnseen(marked) - isUnseen(item);
  }
  const estimated = (name: 'unread' | 'unseen', all: boolean): number => {
    if (all) return sum[name];
    if (counts.capped && counts[name] === counts.unread) return counts[name];
    return Math.max(0, counts[name] + delta[name]);
  };
  return {
    unread: estimated('unread', allRead),
    unseen: estimated('unseen', allSeen),
    capped: counts.capped && !allRead,
  };
}

/** What an item adds to the counts, which count the inbox. */
const isUnread = (item: FeedItem): number => Number(item.unread && isInInbox(item));
const isUnseen = (item: FeedItem): number => Number(!item.seen && isInInbox(item));

function covers({ ids, sequence }: PendingMark, { item, unchangedSince }: Entry): boolean {
  return unchangedSince < sequence && (ids?.has(item.id) ?? isInInbox(item));
}
