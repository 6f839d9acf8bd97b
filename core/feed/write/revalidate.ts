/**
 * Revalidates a write whose trackers or actions changed while it ran (decision 15). Finds items that were
 * added but do not belong in their feed, and items that were removed but do. Uses the data stored now, after
 * the write. Items with undetermined visibility do not change.
 */
import { countTombstones } from '../../model/deleted-refs.ts';
import type { StoredAction } from '../../model/entities.ts';
import { actionKeys, itemId } from '../../model/keys.ts';
import { actionInvalidation, objectInvalidation, userInvalidation } from '../../ports/bus.ts';
import type { SpaceContext, Stores } from '../../ports/stores.ts';
import {
  type ActionUserPair,
  type EligibilityDeps,
  type EligibleItem,
  findEligibility,
} from './eligibility.ts';
import type { ItemDraft } from './item-draft.ts';
import type { Removal } from './remove.ts';

type WrittenItem = Pick<ItemDraft, 'id' | 'user' | 'action'>;

/** Returns the items that the invalidations may affect. `names` is null if any item may be affected. */
export function affected<T extends WrittenItem>(
  items: readonly T[],
  actions: ReadonlyMap<string, StoredAction>,
  names: readonly string[] | null,
): readonly T[] {
  if (names === null) return items;
  if (names.length === 0) return [];
  const invalidated = new Set(names);
  const invalidatedActions = new Set(
    [...actions.values()]
      .filter(
        (action) =>
          invalidated.has(actionInvalidation(action.id)) ||
          actionKeys(action).some((key) => invalidated.has(objectInvalidation(key))),
      )
      .map((action) => action.id),
  );
  return items.filter(
    (item) => invalidated.has(userInvalidation(item.user)) || invalidatedActions.has(item.action),
  );
}

/** Returns removals for the items that do not belong in their feeds. */
export async function toRemove(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly WrittenItem[],
): Promise<Removal[]> {
  return (await splitByEligibility(deps, context, items)).removals;
}

/**
 * As `toRemove`, for items that the caller just wrote. Also removes items whose `unread` state should differ,
 * because trackers ended meanwhile. They are delivered again. Items that the user marked as read since then
 * stay.
 */
export async function toRemoveOrRedeliver(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: ReadonlyArray<WrittenItem & Pick<ItemDraft, 'unread'>>,
  wasDeliveredAt: (deliveredPosition: number) => boolean,
): Promise<Removal[]> {
  const { eligible, removals } = await splitByEligibility(deps, context, items);
  const writtenUnread = new Map(items.map(({ id, unread }) => [id, unread]));
  const found = eligible.size === 0 ? [] : await context.stores.feeds.byIds([...eligible.keys()]);
  for (const { id, user, action, deliveredPosition, position, unread } of found) {
    const unreadDiffers = eligible.get(id)?.draft.unread !== writtenUnread.get(id);
    if (!unreadDiffers || !wasDeliveredAt(deliveredPosition) || !(unread || position === deliveredPosition))
      continue;
    removals.push({ id, user, action, deliveredBefore: deliveredPosition + 1 });
  }
  return removals;
}

async function splitByEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly WrittenItem[],
) {
  const { eligible, undetermined } = await loadEligibility(deps, context, items);
  const removals = items
    .filter((item) => !eligible.has(item.id) && !undetermined.has(item.id))
    .map(({ id, user, action }): Removal => ({ id, user, action }));
  return { eligible, removals };
}

/**
 * Returns drafts of removed items that belong in their feeds, their actions, and the actions with
 * undetermined visibility.
 */
export async function toRestore(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly Removal[],
): Promise<{ upserts: ItemDraft[]; actions: Map<string, StoredAction>; undetermined: string[] }> {
  const { eligible, actions, undetermined } = await loadEligibility(deps, context, items);
  return {
    upserts: [...eligible.values()].map(({ draft }) => draft),
    actions,
    undetermined: items.flatMap(({ id, action }) => (undetermined.has(id) ? action : [])),
  };
}

/** Returns the written items whose actions have more tombstones now than when they were written. */
export async function toRefresh(
  stores: Stores,
  items: readonly WrittenItem[],
  writtenActions: ReadonlyMap<string, StoredAction>,
): Promise<Removal[]> {
  if (items.length === 0) return [];
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const tombstonesIn = (action: StoredAction | undefined) => (action ? countTombstones(action) : 0);
  return items
    .filter((item) => tombstonesIn(actions.get(item.action)) > tombstonesIn(writtenActions.get(item.action)))
    .map(({ id, user, action }) => ({ id, user, action }));
}

interface EligibilityResult {
  /** By item id. `undetermined` also contains item ids. */
  eligible: Map<string, EligibleItem>;
  undetermined: Set<string>;
  actions: Map<string, StoredAction>;
}

async function loadEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly WrittenItem[],
): Promise<EligibilityResult> {
  const eligible = new Map<string, EligibleItem>();
  const undetermined = new Set<string>();
  if (items.length === 0) return { eligible, undetermined, actions: new Map() };
  const actions = await context.stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const pairs = items.flatMap(({ action: id, user }): ActionUserPair[] => {
    const action = actions.get(id);
    return action ? [{ action, user }] : [];
  });
  const found = await findEligibility(deps, context, pairs);
  for (const { action, user } of pairs) {
    const id = itemId(action.id, user);
    const eligibility = found.get(id);
    if (eligibility === 'undetermined') undetermined.add(id);
    else if (eligibility) eligible.set(id, eligibility);
  }
  return { eligible, undetermined, actions };
}
