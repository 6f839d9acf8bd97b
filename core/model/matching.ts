/** Matches actions with trackers (rule 1), and determines the initial state of items (rule 3). */
import type { Settings } from '../settings.ts';
import type { ActionOutline, StoredAction, TrackerMatch } from './entities.ts';
import { trackableKeys } from './keys.ts';
import type { Millis } from './units.ts';

/** The role of an object in an action, as far as `actorOnly` distinguishes roles. */
export type Role = 'actor' | 'other';

/** Returns every key by which trackers can match the action. An object in both roles counts as the actor. */
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

export function isMatch(
  tracker: Pick<TrackerMatch, 'verbs' | 'actorOnly'>,
  role: Role | undefined,
  verb: string,
): boolean {
  if (role === undefined || (role === 'other' && tracker.actorOnly)) return false;
  return verbMatches(tracker.verbs, verb);
}

/** Returns the sort time of an action in feeds: its last merge with `bump`, its timestamp with `keep`. */
export const sortTimeOf = (action: ActionOutline, { regroup }: Settings): Millis =>
  regroup === 'bump' ? action.updatedAt : action.timestamp;

/** Returns the trackers that match the action. All must belong to one user. */
export function findMatchingTrackers<T extends TrackerMatch>(
  trackers: readonly T[],
  action: StoredAction,
): T[] {
  const roles = rolesByKey(action);
  return trackers.filter((each) => isMatch(each, roles.get(each.key), action.verb));
}

export type ItemState = 'unread' | 'read' | 'hidden';

/** Returns the initial state of the user's item. `trackers`: all matching trackers of the user. */
export function initialItemState(
  action: ActionOutline,
  user: string,
  trackers: ReadonlyArray<Pick<TrackerMatch, 'since'>>,
  settings: Settings,
): ItemState {
  const sortTime = sortTimeOf(action, settings);
  return initialStateOf(
    action,
    user,
    trackers.some((tracker) => sortTime >= tracker.since),
    settings,
  );
}

/** As above. `isNew`: the action is not before the `since` of a matching tracker of the user. */
export function initialStateOf(
  action: ActionOutline,
  user: string,
  isNew: boolean,
  settings: Settings,
): ItemState {
  if (isOwn(action, user, settings)) {
    if (settings.ownActions === 'hide') return 'hidden';
    if (settings.ownActions === 'read') return 'read';
  }
  return isNew || action.notify.includes(user) ? 'unread' : 'read';
}

export const isOwn = (action: ActionOutline, user: string, settings: Settings): boolean =>
  action.actor?.id === user && action.actor.type === settings.userType;

/** Returns true if it is the whole action, and not only its outline. */
export const isWhole = (action: ActionOutline): action is StoredAction => 'data' in action;
