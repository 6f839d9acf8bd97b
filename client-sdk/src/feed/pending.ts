/**
 * Marks that are under way (decision 26). They lie over the state: the state says what the hub said, the snapshot what
 * the user did. A mark covers what was known when it was made and has not changed since; what changes meanwhile shows
 * through. Pure functions.
 */
import type { Counts, FeedItem } from '../../../protocol/entities.ts';
import { type Entries, type Entry, type Flags, flagged, isSame } from './entries.ts';
import { later } from './stamp.ts';

export interface PendingMark {
  readonly id: number;
  /** null: all. */
  readonly ids: ReadonlySet<string> | null;
  readonly flags: Flags;
  /** What the hub changed after this position stays untouched; `''`: nothing was known. */
  readonly upTo: string;
  /** When it was made. */
  readonly turn: number;
  /** It was carried out, so the state has it; the counts not yet. */
  readonly isDone: boolean;
}

/**
 * Marks under way, and what the counts are reckoned from meanwhile: whether counts that are pushed have the marks in them
 * already cannot be told, so they wait until none is under way.
 */
export interface Pending {
  /** In the order in which they were made. */
  readonly marks: readonly PendingMark[];
  /** The counts when the first of them was made, or as an answer said since; and what was known then. */
  readonly counts: Counts;
  readonly position: string;
  readonly entries: Entries;
}

/** What is shown of an entry: its item with the marks that cover it. */
export function shownItem(entry: Entry, marks: readonly PendingMark[]): FeedItem {
  let { item } = entry;
  for (const mark of marks) {
    if (covers(mark, entry)) item = flagged(item, mark.flags);
  }
  return item;
}

/**
 * Whether an entry became `next` by marks under way alone, by the first of them or more: the hub may tell of what they did
 * before it answers them.
 */
export function isDoingOf(marks: readonly PendingMark[], entry: Entry, next: FeedItem): boolean {
  return marks.some((_, index) => isSame(shownItem(entry, marks.slice(0, index + 1)), next));
}

/** What the mark covers and the state still shows otherwise. */
export function left(mark: PendingMark, entries: Entries): Entries {
  return entries.filter((entry) => covers(mark, entry) && flagged(entry.item, mark.flags) !== entry.item);
}

/**
 * What the hub counted, changed by what the marks do to the items known then. Where all were marked, those beyond the
 * loaded pages count as marked as well. Numbers at the cap say nothing of how many there are: they stay there.
 */
export function shownCounts({ marks, counts, position, entries }: Pending): Counts {
  const sum = { unread: 0, unseen: 0 };
  const change = { unread: 0, unseen: 0 };
  const allRead = marks.some(({ ids, flags }) => ids === null && flags.unread === false);
  const allSeen = marks.some(({ ids, flags }) => ids === null && flags.seen);
  for (const entry of entries) {
    const { item } = entry;
    const shown = shownItem(entry, marks);
    // Most are not marked, and their sum is asked for only where all were.
    if (shown === item && !allSeen) continue;
    // What is newer than the counts is not in them.
    if (later(entry.content.position, entry.marks.position) > position) continue;
    sum.unread += Number(shown.unread);
    sum.unseen += Number(!shown.seen);
    change.unread += Number(shown.unread) - Number(item.unread);
    change.unseen += Number(item.seen) - Number(shown.seen);
  }
  const reckoned = (name: 'unread' | 'unseen', all: boolean): number => {
    if (all) return sum[name];
    if (counts.capped && counts[name] === counts.unread) return counts[name];
    return Math.max(0, counts[name] + change[name]);
  };
  return {
    unread: reckoned('unread', allRead),
    unseen: reckoned('unseen', allSeen),
    capped: counts.capped && !allRead,
  };
}

function covers({ ids, turn }: PendingMark, { item, known }: Entry): boolean {
  return known < turn && (ids === null || ids.has(item.id));
}
