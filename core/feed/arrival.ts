import { itemId } from '../keys.ts';
import { arrivesAs, placeOf } from '../matching.ts';
import type { StoredAction, StoredItem, TrackerMatch } from '../model.ts';
import type { Settings } from '../settings.ts';

/** How an item is to be that shows this revision of its action: without what the write itself gives it. */
export type Arrival = Omit<StoredItem, 'pos' | 'entered'>;

/** Rule 3 of the contract. `matching`: every tracker of the user that matches. `null`: it does not come in. */
export function arrivalOf(
  action: StoredAction,
  user: string,
  matching: ReadonlyArray<Pick<TrackerMatch, 'since'>>,
  settings: Settings,
): Arrival | null {
  const how = arrivesAs(action, user, matching, settings);
  if (how === 'hidden') return null;
  const unread = how === 'unread';
  return {
    id: itemId(action.id, user),
    user,
    action: action.id,
    at: placeOf(action, settings),
    rev: action.rev,
    unread,
    seen: !unread,
  };
}
