/**
 * The items of a message between processes, without repetition. A fan-out gives many users the same item: items of one
 * action in one state differ only in their users. This has nothing to do with the grouping of actions.
 */
import type { StoredItem } from './entities.ts';
import { isSameState } from './item-states.ts';
import { itemId } from './keys.ts';

/** The items of one action in one state, one for each user. Their ids follow from action and user. */
export interface ItemGroup extends Omit<StoredItem, 'id' | 'user'> {
  users: readonly string[];
}

type GrowingGroup = ItemGroup & { users: string[] };

/** Returns the groups in the order of their first items. */
export function groupItems(items: readonly StoredItem[]): ItemGroup[] {
  const groups: GrowingGroup[] = [];
  const byAction = new Map<string, GrowingGroup[]>();
  let current: GrowingGroup | undefined;
  for (const item of items) {
    // Most items belong to the group of the item before.
    if (!current || !belongsTo(item, current)) {
      const ofAction = byAction.get(item.action) ?? [];
      current = ofAction.find((group) => belongsTo(item, group));
      if (!current) {
        current = emptyGroupFor(item);
        groups.push(current);
        byAction.set(item.action, ofAction);
        ofAction.push(current);
      }
    }
    current.users.push(item.user);
  }
  return groups;
}

/** Returns the item that the group holds for this user. */
export const itemOf = (group: ItemGroup, user: string): StoredItem => ({
  id: itemId(group.action, user),
  user,
  action: group.action,
  at: group.at,
  position: group.position,
  deliveredPosition: group.deliveredPosition,
  version: group.version,
  unread: group.unread,
  seen: group.seen,
  ...(group.aside && { aside: group.aside }),
  ...(group.pressed && { pressed: group.pressed }),
});

/** Returns the items of these groups, in their order. */
export const itemsOf = (groups: readonly ItemGroup[]): StoredItem[] =>
  groups.flatMap((group) => group.users.map((user) => itemOf(group, user)));

/** Returns the number of items in these groups, or in other groups of users. */
export const countUsers = (groups: ReadonlyArray<Pick<ItemGroup, 'users'>>): number =>
  groups.reduce((sum, { users }) => sum + users.length, 0);

const belongsTo = (item: StoredItem, group: ItemGroup): boolean =>
  item.action === group.action &&
  item.position === group.position &&
  item.deliveredPosition === group.deliveredPosition &&
  item.at === group.at &&
  item.version === group.version &&
  item.unread === group.unread &&
  item.seen === group.seen &&
  isSameState(item.aside, group.aside) &&
  item.pressed?.button === group.pressed?.button &&
  item.pressed?.at === group.pressed?.at;

const emptyGroupFor = (item: StoredItem): GrowingGroup => ({
  action: item.action,
  at: item.at,
  position: item.position,
  deliveredPosition: item.deliveredPosition,
  version: item.version,
  unread: item.unread,
  seen: item.seen,
  ...(item.aside && { aside: item.aside }),
  ...(item.pressed && { pressed: item.pressed }),
  users: [],
});
