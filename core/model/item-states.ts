/**
 * The states of items (rule 10): the inbox, archived, snoozed.
 *
 *     inbox ── archive ──▶ archived ── unarchive, a bump ──▶ inbox
 *     inbox ── snooze ───▶ snoozed ─── unsnooze, a bump, its time ──▶ inbox
 *     archived ── snooze ──▶ snoozed ── archive ──▶ archived
 */
import type { ItemState } from '../../protocol/entities.ts';
import type { Aside, StoredItem } from './entities.ts';

/** States that a list may ask for. */
export type ListedState = ItemState | 'all';

export const stateOf = ({ aside }: Pick<StoredItem, 'aside'>): ItemState => aside?.state ?? 'inbox';

export const isInState = (item: Pick<StoredItem, 'aside'>, state: ListedState): boolean =>
  state === 'all' || stateOf(item) === state;

export const snoozeEndOf = (aside: Aside | undefined) =>
  aside?.state === 'snoozed' ? aside.until : undefined;

export const isSameState = (left: Aside | undefined, right: Aside | undefined): boolean =>
  left === right || (left?.state === right?.state && snoozeEndOf(left) === snoozeEndOf(right));

export const itemStates = ['inbox', 'archived', 'snoozed'] as const satisfies readonly ItemState[];

type SortKey = Pick<StoredItem, 'at' | 'id'>;

/** The order of a feed: newest first, ties by id. */
export function compareNewestFirst(left: SortKey, right: SortKey): number {
  if (left.at !== right.at) return right.at - left.at;
  if (left.id === right.id) return 0;
  return left.id < right.id ? 1 : -1;
}
