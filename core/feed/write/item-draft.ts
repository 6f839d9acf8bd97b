import type { ActionOutline, StoredItem, TrackerMatch } from '../../model/entities.ts';
import type { ItemGroup } from '../../model/item-groups.ts';
import { itemId } from '../../model/keys.ts';
import { initialItemState, sortTimeOf } from '../../model/matching.ts';
import type { Settings } from '../../settings.ts';

/** An item for this version of its action, without the positions that the write assigns. */
export type ItemDraft = Omit<StoredItem, 'position' | 'deliveredPosition'>;

/** Drafts of one action in one state, one for each user. Their ids follow from action and user. */
export type DraftGroup = Omit<ItemGroup, 'position' | 'deliveredPosition'>;

/** Names an item, its feed and its action. */
export type ItemRef = Pick<StoredItem, 'id' | 'user' | 'action'>;

interface DraftedItem {
  id: string;
  action: ActionOutline;
  user: string;
  /** All matching trackers of the user. */
  trackers: ReadonlyArray<Pick<TrackerMatch, 'since'>>;
}

/** Drafts an item (rule 3); null if it is not delivered. */
export function draftItem({ id, action, user, trackers }: DraftedItem, settings: Settings): ItemDraft | null {
  const initialState = initialItemState(action, user, trackers, settings);
  if (initialState === 'hidden') return null;
  const unread = initialState === 'unread';
  return {
    id,
    user,
    action: action.id,
    at: sortTimeOf(action, settings),
    version: action.version,
    unread,
    seen: !unread,
  };
}

/** Returns a group of this draft alone. */
export const groupOf = ({ user, action, at, version, unread, seen }: ItemDraft): DraftGroup => ({
  action,
  at,
  version,
  unread,
  seen,
  users: [user],
});

/** Returns the drafts of these groups, in their order. */
export const draftsOf = (groups: readonly DraftGroup[]): ItemDraft[] =>
  groups.flatMap(({ users, action, at, version, unread, seen }) =>
    users.map((user) => ({ id: itemId(action, user), user, action, at, version, unread, seen })),
  );
