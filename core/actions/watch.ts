/** Starts watching an object: returns its current or missed actions. Later ones are pushed. */
import type { Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { isService, type Principal } from '../access/principal.ts';
import { HubError } from '../errors.ts';
import type { StoredAction } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import { isMatch, type Role, rolesByKey } from '../model/matching.ts';
import { overlapWindow } from '../model/positions.ts';
import {
  asMillis,
  FIRST_POSITION,
  type Millis,
  type Position,
  positionBefore,
  toMicros,
} from '../model/units.ts';
import type { ActionsDeps, DisplayDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import { displayActions, displaysFor } from '../rendering/displays.ts';
import type { Settings } from '../settings.ts';
import { collectPage, filterVisible } from './filter-pages.ts';
import { checkMayRead, conditionsOfTracker } from './list.ts';

export interface WatchTerms {
  object: Ref;
  /** Empty for all verbs. */
  verbs: string[];
  actorOnly: boolean;
  /** Lower bound of the timestamp. */
  since?: Millis;
}

export interface WatchRead {
  /** Newest first, as they are displayed. */
  actions: readonly StoredAction[];
  /** Ids of actions that were deleted since. */
  removed: string[];
  position: Position;
  /** Too much changed, or the position is too old: `actions` are the newest, as without a position. */
  reset: boolean;
}

/** Deleted actions are kept for 30 days. One hour is a safety margin. */
const GONE_RETENTION_MS = asMillis((30 * 24 - 1) * 3_600_000);

/** @throws HubError forbidden; gone if the object was deleted */
export async function checkWatch(deps: ActionsDeps, principal: Principal, object: Ref): Promise<void> {
  checkMayRead(principal, object);
  const key = keyOf(object);
  const deleted = await deps.spaces.reader(principal.space, principal.call?.signal).objects.deleted([key]);
  if (deleted.has(key)) throw new HubError('gone', `${key} was deleted`);
}

/** Returns the user for whom `visible` filters; null disables the filter. */
export const viewerOf = (principal: Principal): string | null =>
  isService(principal) ? null : principal.sub;

export interface WatchQuery {
  terms: WatchTerms;
  viewer: string | null;
  limit: number;
  /** The last position of an earlier watch. */
  position?: Position;
}

export async function readWatch(
  deps: ActionsDeps & DisplayDeps,
  space: string,
  query: WatchQuery,
): Promise<WatchRead> {
  const findDisplays = displaysFor(deps, { space });
  const stores = deps.spaces.reader(space);
  // Taken before the actions are read, so the result never claims a position later than its content.
  const position = await deps.clock.now(space);
  const missed = query.position === undefined ? null : await findMissed(deps, stores, query, position);
  if (missed) {
    const actions = await displayActions(findDisplays, missed.actions);
    return { ...missed, actions, position, reset: false };
  }
  const { terms, viewer, limit } = query;
  const conditions = conditionsOfTracker({ ...terms, tracked: terms.object });
  const level = deps.settings.readableLevel;
  const { actions } = await collectPage(stores.actions, {
    conditions: { ...conditions, level, since: terms.since },
    after: null,
    limit,
    viewer,
    handlers: deps.handlers,
    findDisplays,
  });
  return { actions, removed: [], position, reset: query.position !== undefined };
}

/** Returns what changed since the position; null if that is too much, or the position is too old. */
async function findMissed(
  deps: ActionsDeps,
  stores: Stores,
  { terms, viewer, position = FIRST_POSITION }: WatchQuery,
  now: Position,
): Promise<Pick<WatchRead, 'actions' | 'removed'> | null> {
  if (position < positionBefore(now, toMicros(GONE_RETENTION_MS))) return null;
  const { position: fromPosition } = overlapWindow({ position, after: null });
  const key = keyOf(terms.object);
  const limit = limits.changes;
  const [changed, removed] = await Promise.all([
    stores.actions.changedSince(key, fromPosition, limit + 1),
    stores.actions.goneSince(key, fromPosition, limit + 1),
  ]);
  if (changed.length > limit || removed.length > limit) return null;
  const watched = changed.filter((action) =>
    isWatched(action, rolesByKey(action).get(key), terms, deps.settings),
  );
  const actions = await filterVisible(watched, viewer, deps.handlers);
  return { actions: [...actions].sort(newestFirst), removed };
}

/** `role`: the role of the watched object in the action. */
export const isWatched = (
  action: StoredAction,
  role: Role | undefined,
  terms: WatchTerms,
  settings: Settings,
): boolean =>
  action.level >= settings.readableLevel &&
  action.timestamp >= (terms.since ?? Number.NEGATIVE_INFINITY) &&
  isMatch(terms, role, action.verb);

const newestFirst = (left: StoredAction, right: StoredAction): number =>
  right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1);
