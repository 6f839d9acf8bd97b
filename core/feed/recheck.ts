/**
 * What was decided from trackers and actions that changed meanwhile is looked at again (decision 15): items that came
 * in but do not belong, and items that were taken out but do. Both by what is stored now, after the write; where `visible`
 * cannot say it nothing changes.
 */
import { countDeleted } from '../deletion/refs.ts';
import { actionKeys, itemId } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import { actionChurn, objectChurn, userChurn } from '../ports/bus.ts';
import type { Place, Stores } from '../ports/stores.ts';
import type { Arrival } from './arrival.ts';
import type { Removal } from './depart.ts';
import { type Member, type MembershipDeps, memberships, type Pair } from './membership.ts';

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

/** Of items that are in feeds, those that do not belong there. */
export async function unwanted(
  deps: MembershipDeps,
  place: Place,
  items: readonly Written[],
): Promise<Removal[]> {
  return (await partsOf(deps, place, items)).removals;
}

/**
 * As `unwanted`, of items that the caller brought in as they say, and under which positions: also those that are to
 * arrive otherwise, because trackers ended meanwhile. They come in anew. What a user marked read since stays so.
 */
export async function misplaced(
  deps: MembershipDeps,
  place: Place,
  items: ReadonlyArray<Written & Pick<Arrival, 'unread'>>,
  cameIn: (entered: number) => boolean,
): Promise<Removal[]> {
  const { members, removals } = await partsOf(deps, place, items);
  const arrived = new Map(items.map(({ id, unread }) => [id, unread]));
  const found = members.size === 0 ? [] : await place.stores.feeds.byIds([...members.keys()]);
  for (const { id, user, action, entered, pos, unread } of found) {
    const isOther = members.get(id)?.arrival.unread !== arrived.get(id);
    if (!isOther || !cameIn(entered) || !(unread || pos === entered)) continue;
    removals.push({ id, user, action, before: entered + 1 });
  }
  return removals;
}

async function partsOf(deps: MembershipDeps, place: Place, items: readonly Written[]) {
  const { members, unknown } = await belongingOf(deps, place, items);
  const removals = items
    .filter((item) => !members.has(item.id) && !unknown.has(item.id))
    .map(({ id, user, action }): Removal => ({ id, user, action }));
  return { members, removals };
}

/** Of items that were taken out of feeds, those that belong there, what they show, and the actions of those that may. */
export async function wanted(
  deps: MembershipDeps,
  place: Place,
  items: readonly Removal[],
): Promise<{ arrivals: Arrival[]; actions: Map<string, StoredAction>; unknown: string[] }> {
  const { members, actions, unknown } = await belongingOf(deps, place, items);
  return {
    arrivals: [...members.values()].map(({ arrival }) => arrival),
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

interface Belongings {
  /** By the items' ids, as `unknown`. */
  members: Map<string, Member>;
  unknown: Set<string>;
  actions: Map<string, StoredAction>;
}

async function belongingOf(
  deps: MembershipDeps,
  place: Place,
  items: readonly Written[],
): Promise<Belongings> {
  const members = new Map<string, Member>();
  const unknown = new Set<string>();
  if (items.length === 0) return { members, unknown, actions: new Map() };
  const actions = await place.stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  const pairs = items.flatMap(({ action: id, user }): Pair[] => {
    const action = actions.get(id);
    return action ? [{ action, user }] : [];
  });
  const found = await memberships(deps, place, pairs);
  for (const { action, user } of pairs) {
    const id = itemId(action.id, user);
    const belonging = found.get(id);
    if (belonging === 'unknown') unknown.add(id);
    else if (belonging) members.set(id, belonging);
  }
  return { members, unknown, actions };
}
