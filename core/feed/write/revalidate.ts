/**
 * Revalidates a write whose trackers or actions changed while it ran (decision 15), with the data stored
 * after it. Items with undetermined visibility do not change.
 */
import { countTombstones } from '../../model/deleted-refs.ts';
import type { ActionOutline, StoredAction } from '../../model/entities.ts';
import { actionKeys, itemId } from '../../model/keys.ts';
import { asPosition, type Position } from '../../model/units.ts';
import {
  actionInvalidation,
  type Invalidated,
  objectInvalidation,
  userInvalidation,
} from '../../ports/invalidations.ts';
import type { SpaceContext, Stores } from '../../ports/stores.ts';
import type { ActionUserPair } from './coverage.ts';
import { type EligibilityDeps, type EligibleItem, findEligibility } from './eligibility.ts';
import { type DraftGroup, groupOf, type ItemDraft, type ItemRef } from './item-draft.ts';
import type { Removal } from './remove.ts';

/** Returns the items that the invalidations may affect. `invalidated` is null if any item may be affected. */
export function affected<T extends ItemRef>(
  items: readonly T[],
  actions: ReadonlyMap<string, ActionOutline>,
  invalidated: Invalidated | null,
): readonly T[] {
  if (invalidated === null) return items;
  if (invalidated.size === 0) return [];
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

/** Returns removals for the items that do not belong in their feeds, and the eligible items. */
export async function splitByEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly ItemRef[],
) {
  const { eligible, undetermined } = await loadEligibility(deps, context, items);
  const removals = items
    .filter((item) => !eligible.has(item.id) && !undetermined.has(item.id))
    .map(({ id, user, action }): Removal => ({ id, user, action }));
  return { eligible, removals };
}

/**
 * As above, for items written at these positions. Also removes those whose `unread` state should differ,
 * because trackers ended meanwhile, to deliver them again, unless the user marked them as read since then.
 */
export async function toRemoveOrRedeliver(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: ReadonlyArray<ItemRef & Pick<ItemDraft, 'unread'>>,
  writtenAt: ReadonlySet<Position>,
): Promise<Removal[]> {
  const { eligible, removals } = await splitByEligibility(deps, context, items);
  const writtenUnread = new Map(items.map(({ id, unread }) => [id, unread]));
  const found = eligible.size === 0 ? [] : await context.stores.feeds.byIds([...eligible.keys()]);
  for (const { id, user, action, at, deliveredPosition, position, unread, aside } of found) {
    const draft = eligible.get(id)?.draft;
    // The user archived or snoozed it since then, or it returned from a snooze.
    if (aside || at !== draft?.at) continue;
    const unreadDiffers = draft.unread !== writtenUnread.get(id);
    if (!unreadDiffers || !writtenAt.has(deliveredPosition) || !(unread || position === deliveredPosition))
      continue;
    removals.push({ id, user, action, deliveredBefore: asPosition(deliveredPosition + 1) });
  }
  return removals;
}

/** Returns drafts of those items that belong in their feeds, and the actions of undetermined ones. */
export async function toRestore(
  deps: EligibilityDeps,
  context: SpaceContext,
  items: readonly Removal[],
): Promise<{ upserts: DraftGroup[]; actions: Map<string, StoredAction>; undetermined: string[] }> {
  const { eligible, actions, undetermined } = await loadEligibility(deps, context, items);
  return {
    upserts: [...eligible.values()].map(({ draft }) => groupOf(draft)),
    actions,
    undetermined: items.flatMap(({ id, action }) => (undetermined.has(id) ? action : [])),
  };
}

/** Returns the written items whose actions have more tombstones now than when they were written. */
export async function toRefresh(
  stores: Stores,
  items: readonly ItemRef[],
  writtenActions: ReadonlyMap<string, ActionOutline>,
): Promise<ItemRef[]> {
  if (items.length === 0) return [];
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const tombstonesIn = (action: ActionOutline | undefined) => (action ? countTombstones(action) : 0);
  return items
    .filter((item) => tombstonesIn(actions.get(item.action)) > tombstonesIn(writtenActions.get(item.action)))
    .map(({ id, user, action }) => ({ id, user, action }));
}

/** `eligible` is by item id, and `undetermined` contains item ids. */
async function loadEligibility(deps: EligibilityDeps, context: SpaceContext, items: readonly ItemRef[]) {
  const eligible = new Map<string, EligibleItem>();
  const undetermined = new Set<string>();
  if (items.length === 0) return { eligible, undetermined, actions: new Map<string, StoredAction>() };
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
