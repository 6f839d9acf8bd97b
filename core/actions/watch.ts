/** Watching an object: the actions about it, now and what was missed. What comes later is pushed (section 5). */
import type { Ref } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { isService, type Principal } from '../access.ts';
import { HubError } from '../errors.ts';
import { keyOf } from '../keys.ts';
import { matches, type Role, rolesByKey } from '../matching.ts';
import type { StoredAction } from '../model.ts';
import type { Stores } from '../ports/stores.ts';
import { lookBack } from '../positions.ts';
import type { Settings } from '../settings.ts';
import { collect, visible } from './collect.ts';
import type { ActionsDeps } from './deps.ts';
import { checkReads, followed } from './list.ts';

/** What is watched. */
export interface WatchTerms {
  object: Ref;
  /** Empty: all. */
  verbs: string[];
  actorOnly: boolean;
  /** Not earlier. */
  since?: number;
}

export interface WatchRead {
  /** Newest first. */
  actions: StoredAction[];
  /** Ids of actions that went since. */
  removed: string[];
  position: number;
  /** Too much changed since, or too long ago: these are the newest, as without a position. */
  reset: boolean;
}

/** Actions that went are remembered for 30 days; with an hour to spare. */
const REMEMBERED_MICROS = (30 * 24 - 1) * 3_600_000_000;

/** @throws HubError forbidden; gone where the object was deleted */
export async function checkWatch(deps: ActionsDeps, principal: Principal, object: Ref): Promise<void> {
  checkReads(principal, object);
  const key = keyOf(object);
  const deleted = await deps.spaces.reader(principal.space, principal.call?.signal).objects.deleted([key]);
  if (deleted.has(key)) throw new HubError('gone', `${key} was deleted`);
}

/** For whom the application's filter decides what is shown; `null`: all is. */
export const viewerOf = (principal: Principal): string | null =>
  isService(principal) ? null : principal.sub;

export interface WatchQuery {
  terms: WatchTerms;
  viewer: string | null;
  limit: number;
  /** Where an earlier watch stood. */
  position?: number;
}

export async function readWatch(deps: ActionsDeps, space: string, query: WatchQuery): Promise<WatchRead> {
  const stores = deps.spaces.reader(space);
  // Before the actions are read: the answer never claims a position later than what it shows.
  const position = await deps.clock.now(space);
  const missed = query.position === undefined ? null : await sinceThen(deps, stores, query, position);
  if (missed) return { ...missed, position, reset: false };
  const { terms, viewer, limit } = query;
  const conditions = followed({ ...terms, tracked: terms.object });
  const level = deps.settings.readableLevel;
  const { actions } = await collect(stores.actions, {
    conditions: { ...conditions, level, since: terms.since },
    after: null,
    limit,
    viewer,
    handlers: deps.handlers,
  });
  return { actions, removed: [], position, reset: query.position !== undefined };
}

/** `null` where that is not worth telling, or not known any more. */
async function sinceThen(
  deps: ActionsDeps,
  stores: Stores,
  { terms, viewer, position = 0 }: WatchQuery,
  now: number,
): Promise<Pick<WatchRead, 'actions' | 'removed'> | null> {
  if (position < now - REMEMBERED_MICROS) return null;
  const { pos } = lookBack({ pos: position, after: null });
  const key = keyOf(terms.object);
  const most = limits.changes;
  const [changed, removed] = await Promise.all([
    stores.actions.changedSince(key, pos, most + 1),
    stores.actions.goneSince(key, pos, most + 1),
  ]);
  if (changed.length > most || removed.length > most) return null;
  const matching = changed.filter((action) =>
    isWatched(action, rolesByKey(action).get(key), terms, deps.settings),
  );
  const actions = await visible(matching, viewer, deps.handlers);
  return { actions: [...actions].sort(newestFirst), removed };
}

/** `role`: that of the watched object. */
export const isWatched = (
  action: StoredAction,
  role: Role | undefined,
  terms: WatchTerms,
  settings: Settings,
): boolean =>
  action.level >= settings.readableLevel &&
  action.timestamp >= (terms.since ?? Number.NEGATIVE_INFINITY) &&
  matches(terms, role, action.verb);

const newestFirst = (left: StoredAction, right: StoredAction): number =>
  right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1);
