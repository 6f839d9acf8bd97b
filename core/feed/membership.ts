/** Which actions belong into which feeds, by all that is stored now (rules 1, 2 and 3 of the contract). */
import { itemId, keyOf, trackerId } from '../keys.ts';
import { isOwn, rolesByKey } from '../matching.ts';
import type { EndedVersion, StoredAction, TrackerVersion } from '../model.ts';
import type { PositionClock } from '../ports/bus.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { Place } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { type Held, heldBy, versionsOf } from './held.ts';

export interface MembershipDeps {
  clock: PositionClock;
  settings: Settings;
  handlers: Handlers;
}

/** An action and a user in whose feed it may be. */
export interface Pair {
  action: StoredAction;
  user: string;
}

/** How an item is to be in a feed. */
export interface Member {
  arrival: Arrival;
  /** One that came in before this position left in between, and is to arrive anew. */
  lapsed: number;
}

/**
 * `null`: it does not belong there. `unknown`: it would, but the application's `visible` could not say whether it may be
 * seen. Such an item is not brought in, and where it is there already it stays.
 */
export type Belonging = Member | null | 'unknown';

/** Actions that the application's filter is asked about at once. */
const ASKED = 16;

/** How the items of these actions are to be in the user's feed, by the action's id. */
export async function membership(
  deps: MembershipDeps,
  place: Place,
  user: string,
  actions: readonly StoredAction[],
): Promise<Map<string, Belonging>> {
  const found = await memberships(
    deps,
    place,
    actions.map((action) => ({ action, user })),
  );
  return new Map(actions.map(({ id }) => [id, found.get(itemId(id, user)) ?? null]));
}

/** As `membership`, of any users; by the item's id. */
export async function memberships(
  deps: MembershipDeps,
  place: Place,
  pairs: readonly Pair[],
): Promise<Map<string, Belonging>> {
  const { settings } = deps;
  const decided = new Map<string, Belonging>();
  const open: Pair[] = [];
  for (const pair of pairs) {
    decided.set(itemId(pair.action.id, pair.user), null);
    if (pair.action.level < settings.readableLevel) continue;
    if (settings.ownActions === 'hide' && isOwn(pair.action, pair.user, settings)) continue;
    open.push(pair);
  }
  if (open.length === 0) return decided;
  const users = [...new Set(open.map((pair) => pair.user))];
  const [heldOf, deleted] = await Promise.all([
    trackersOf(deps, place, open),
    place.stores.objects.deleted(users.map((id) => keyOf({ type: settings.userType, id }))),
  ]);
  const members = open.flatMap((pair) => {
    const { action, user } = pair;
    if (deleted.has(keyOf({ type: settings.userType, id: user }))) return [];
    const held = heldOf(pair);
    return held.trackers.length > 0 || action.notify.includes(user) ? [{ ...pair, held }] : [];
  });
  const { visible, unknown } = await partVisible(deps, members);
  for (const { action, user, held } of visible) {
    const arrival = arrivalOf(action, user, held.trackers, settings);
    const lapsed = action.notify.includes(user) ? 0 : held.lapsed;
    decided.set(itemId(action.id, user), arrival && { arrival, lapsed });
  }
  for (const { action, user } of unknown) decided.set(itemId(action.id, user), 'unknown');
  return decided;
}

interface Both {
  standing: TrackerVersion[];
  ended: EndedVersion[];
}

/** What is asked of a pair after all trackers were read that can match one of them. */
async function trackersOf(
  deps: MembershipDeps,
  { space, stores: { trackers } }: Place,
  pairs: readonly Pair[],
): Promise<(pair: Pair) => Held> {
  const ids = new Set<string>();
  for (const { action, user } of pairs) {
    for (const key of rolesByKey(action).keys()) ids.add(trackerId(user, key));
  }
  const users = [...new Set(pairs.map(({ user }) => user))];
  const { standing, ended } = await versionsOf(deps, { trackers, space }, users, [...ids]);
  const byUser = new Map(users.map((user): [string, Both] => [user, { standing: [], ended: [] }]));
  for (const each of standing) byUser.get(each.user)?.standing.push(each);
  for (const each of ended) byUser.get(each.user)?.ended.push(each);
  return ({ action, user }) => heldBy(action, byUser.get(user) ?? { standing: [], ended: [] });
}

/** Pairs by what the application's `visible` says of them. */
export interface Parted<T> {
  visible: readonly T[];
  hidden: readonly T[];
  unknown: readonly T[];
}

/** Parts the pairs by whether their user may see the action; asks once for each action. */
export async function partVisible<T extends Pair>(
  { settings, handlers }: MembershipDeps,
  pairs: readonly T[],
): Promise<Parted<T>> {
  if (!settings.visible || pairs.length === 0) return { visible: pairs, hidden: [], unknown: [] };
  const byAction = new Map<string, T[]>();
  for (const pair of pairs) {
    const list = byAction.get(pair.action.id);
    if (list) list.push(pair);
    else byAction.set(pair.action.id, [pair]);
  }
  const groups = [...byAction.values()];
  const parted = { visible: [] as T[], hidden: [] as T[], unknown: [] as T[] };
  for (let start = 0; start < groups.length; start += ASKED) {
    const some = groups.slice(start, start + ASKED);
    const asked = some.map(async ([first, ...others]) => {
      if (!first) return null;
      const users = [first, ...others].map((pair) => pair.user);
      return handlers.visibleTo(first.action, users);
    });
    for (const [index, may] of (await Promise.all(asked)).entries()) {
      for (const pair of some[index] ?? []) {
        if (!may) parted.unknown.push(pair);
        else (may.has(pair.user) ? parted.visible : parted.hidden).push(pair);
      }
    }
  }
  return parted;
}
