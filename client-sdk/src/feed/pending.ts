/**
 * Marks that are under way (decision 26). They lie over the state: the state says what the hub said, the snapshot what
 * the user did. A mark covers what was known when it was made and has not changed since; what changes meanwhile shows
 * through. Pure functions.
 */
import type { Counts, FeedItem } from '../../../protocol/entities.ts';
import { type Entries, type Entry, type Flags, flagged } from './entries.ts';
import { later, type Stamp } from './stamp.ts';

export interface PendingMark {
  readonly id: number;
  /** null: all. */
  readonly ids: ReadonlySet<string> | null;
  readonly flags: Flags;
  /** What the hub changed after this position stays untouched; `''`: nothing was known. */
  readonly upTo: string;
  /** When it was made. */
  readonly turn: number;
}

/** Marks under way, and the counts they are reckoned from. */
export interface Pending {
  /** In the order in which they were made. */
  readonly marks: readonly PendingMark[];
  /** What was known when the counts were said, or when the first of the marks was made. */
  readonly counted: Entries;
  /** The newest counts pushed meanwhile: whether they have the marks in them cannot be told, so they wait. */
  readonly held: { readonly counts: Counts; readonly stamp: Stamp } | null;
}

/** What is shown of an entry: its item with the marks that cover it. */
export function shownItem(entry: Entry, marks: readonly PendingMark[]): FeedItem {
  let { item } = entry;
  for (const mark of marks) {
    if (covers(mark, entry)) item = flagged(item, mark.flags);
  }
  return item;
}

/** What the mark covers and the state still shows otherwise. */
export function left(mark: PendingMark, entries: Entries): Entries {
  return entries.filter((entry) => covers(mark, entry) && flagged(entry.item, mark.flags) !== entry.item);
}

/**
 * What the hub counted, changed by what the marks do to the items known then. Where all were marked, those beyond the
 * loaded pages count as marked as well. Numbers at the cap say nothing of how many there are: they stay there.
 */
export function shownCounts(counts: Counts, position: string, { marks, counted }: Pending): Counts {
  const known = { unread: 0, unseen: 0 };
  const change = { unread: 0, unseen: 0 };
  for (const entry of counted) {
    // What is newer than the counts is not in them.
    if (later(entry.content.position, entry.marks.position) > position) continue;
    const shown = shownItem(entry, marks);
    if (shown.unread) known.unread += 1;
    if (!shown.seen) known.unseen += 1;
    change.unread += Number(shown.unread) - Number(entry.item.unread);
    change.unseen += Number(entry.item.seen) - Number(shown.seen);
  }
  const allRead = marks.some(({ ids, flags }) => ids === null && flags.unread === false);
  const allSeen = marks.some(({ ids, flags }) => ids === null && flags.seen);
  const reckoned = (name: 'unread' | 'unseen', all: boolean): number => {
    if (all) return known[name];
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
