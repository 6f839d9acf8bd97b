/** Rule 1 of the contract: which trackers match an action, and rule 3: how an item arrives. */
import { keyOf, trackableKeys } from './keys.ts';
import type { StoredAction, TrackerMatch } from './model.ts';
import type { Settings } from './settings.ts';

/** An object's part in an action, as far as `actorOnly` tells them apart. */
export type Role = 'actor' | 'other';

/** Every key by which trackers can match the action; an object in both roles counts as the actor. */
export function rolesByKey(action: Pick<StoredAction, 'actor' | 'targets' | 'related'>): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const object of [...action.targets, ...action.related]) {
    for (const key of trackableKeys(object)) roles.set(key, 'other');
  }
  if (action.actor) for (const key of trackableKeys(action.actor)) roles.set(key, 'actor');
  return roles;
}

export const verbMatches = (verbs: readonly string[], verb: string): boolean =>
  verbs.length === 0 || verbs.includes(verb);

export function matches(
  tracker: Pick<TrackerMatch, 'verbs' | 'actorOnly'>,
  role: Role | undefined,
  verb: string,
): boolean {
  if (role === undefined || (role === 'other' && tracker.actorOnly)) return false;
  return verbMatches(tracker.verbs, verb);
}

/** The place of an action in feeds: under `bump` where it was last added to, under `keep` where it began. */
export const placeOf = (action: StoredAction, { regroup }: Settings): number =>
  regroup === 'bump' ? action.updatedAt : action.timestamp;

/** The trackers, all of one user, that match the action. */
export function matchingOf<T extends TrackerMatch>(trackers: readonly T[], action: StoredAction): T[] {
  const roles = rolesByKey(action);
  return trackers.filter((each) => matches(each, roles.get(each.key), action.verb));
}

/** How the item of `action` comes in for `user`, whose matching trackers are all given; in `notify` or not. */
export function arrivesAs(
  action: StoredAction,
  user: string,
  trackers: ReadonlyArray<Pick<TrackerMatch, 'since'>>,
  settings: Settings,
): 'unread' | 'read' | 'hidden' {
  if (isOwn(action, user, settings)) {
    if (settings.ownActions === 'hide') return 'hidden';
    if (settings.ownActions === 'read') return 'read';
  }
  if (action.notify.includes(user)) return 'unread';
  return trackers.some((tracker) => placeOf(action, settings) >= tracker.since) ? 'unread' : 'read';
}

export const isOwn = (action: StoredAction, user: string, settings: Settings): boolean =>
  action.actor !== null && keyOf(action.actor) === `${settings.userType}:${user}`;
