import type { StoredAction, StoredItem, TrackerMatch } from '../../model/entities.ts';
import { itemId } from '../../model/keys.ts';
import { initialItemState, sortTimeOf } from '../../model/matching.ts';
import type { Settings } from '../../settings.ts';

/** An item for this version of its action, without the positions that the write assigns. */
export type ItemDraft = Omit<StoredItem, 'position' | 'deliveredPosition'>;

/** Names an item, its feed and its action. */
export type ItemRef = Pick<StoredItem, 'id' | 'user' | 'action'>;

/** Drafts an item from all matching trackers of the user (rule 3); null if it is not delivered. */
export function draftItem(
  action: StoredAction,
  user: string,
  matchingTrackers: ReadonlyArray<Pick<TrackerMatch, 'since'>>,
  settings: Settings,
): ItemDraft | null {
  const initialState = initialItemState(action, user, matchingTrackers, settings);
  if (initialState === 'hidden') return null;
  const unread = initialState === 'unread';
  return {
    id: itemId(action.id, user),
    user,
    action: action.id,
    at: sortTimeOf(action, settings),
    version: action.version,
    unread,
    seen: !unread,
  };
}
