/**
 * What was decided from trackers and actions that changed meanwhile is looked at again (decision 15): items that came
 * in but do not belong, and items that were taken out but do. Both by what is stored now, after the write; where `visible`
 * cannot say it nothing changes.
 */
import { countDeleted } from '../deletion/refs.ts';
import { actionKeys, itemId } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import { actionChurn, objectChurn, userChurn } from '../ports/bus.ts';
import type { Stores } from '../ports/stores.ts';
import type { Arrival } from './arrival.ts';
import type { Removal } from './depart.ts';
import { type MembershipDeps, memberships, type Pair } from './membership.ts';

type Written = Pick<Arrival, 'id' | 'user' | 'action'>;

/** Those of the items that what churned can concern; `names` `null`: anything may have. */
export function concerned<T extends Written>(
  items: readonly T[],
  actions: ReadonlyMap<string, StoredAction>,
  names: readonly string[] | null,
): readonly T[] {
  if (names === null) return items;
  if (names.length === 0) return [];
  const churned = new Set(names);
  const churnedActions = new Set(
    [...actions.values()]
      .filter(
        (action) =>
          churned.has(actionChurn(action.id)) ||
          actionKeys(action).some((key) => churned.has(objectChurn(key))),
      )
      .map((action) => action.id),
  );
  return items.filter((item) => churned.has(userChurn(item.user)) || churnedActions.has(item.action));
}

/**
 * Of items that are in feeds, those that do not belong there. With `cameIn`, which tells the positions under which the caller
 * brought items in, also those that would arrive otherwise by now: the trackers that decided it went meanwhile, so they left
 * and come in anew. What a user marked read since stays so.
 */
export async function unwanted(
  deps: MembershipDeps,
  stores: Stores,
  items: readonly Written[],
  cameIn?: (entered: number) => boolean,
): Promise<Removal[]> {
  if (items.length === 0) return [];
  const belonging = await belongingOf(deps, stores, items);
  const removals = items
    .filter((item) => !belonging.arrivals.has(item.id) && !belonging.unknown.has(item.id))
    .map(({ id, user, action }): Removal => ({ id, user, action }));
  if (!cameIn || belonging.arrivals.size === 0) return removals;
  for (const item of await stores.feeds.byIds([...belonging.arrivals.keys()])) {
    const { id, user, action, entered, pos, unread } = item;
    const isOther = belonging.arrivals.get(id)?.unread !== unread;
    if (!isOther || !cameIn(entered) || !(unread || pos === entered)) continue;
    removals.push({ id, user, action, before: entered + 1 });
  }
  return removals;
}

/** Of items that were taken out of feeds, those that belong there, what they show, and the actions of those that may. */
export async function wanted(
  deps: MembershipDeps,
  stores: Stores,
  items: readonly Removal[],
): Promise<{ arrivals: Arrival[]; actions: Map<string, StoredAction>; unknown: string[] }> {
  if (items.length === 0) return { arrivals: [], actions: new Map(), unknown: [] };
  const { arrivals, actions, unknown } = await belongingOf(deps, stores, items);
  return {
    arrivals: [...arrivals.values()],
    actions,
    unknown: items.flatMap(({ id, action }) => (unknown.has(id) ? action : [])),
  };
}

/** Of items that were written, those whose actions show by now that an object was deleted, and did not then. */
export async function outdated(
  stores: Stores,
  items: readonly Written[],
  shown: ReadonlyMap<string, StoredAction>,
): Promise<Removal[]> {
  if (items.length === 0) return [];
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const marksOf = (action: StoredAction | undefined) => (action ? countDeleted(action) : 0);
  return items
    .filter((item) => marksOf(actions.get(item.action)) > marksOf(shown.get(item.action)))
    .map(({ id, user, action }) => ({ id, user, action }));
}

async function belongingOf(deps: MembershipDeps, stores: Stores, items: readonly Written[]) {
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const pairs = items.flatMap(({ action: id, user }): Pair[] => {
    const action = actions.get(id);
    return action ? [{ action, user }] : [];
  });
  const arrivals = new Map<string, Arrival>();
  const unknown = new Set<string>();
  const found = await memberships(deps, stores, pairs);
  for (const { action, user } of pairs) {
    const id = itemId(action.id, user);
    const arrival = found.get(id);
    if (arrival === 'unknown') unknown.add(id);
    else if (arrival) arrivals.set(id, arrival);
  }
  return { arrivals, unknown, actions };
}
