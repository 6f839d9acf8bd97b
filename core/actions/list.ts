/** Lists actions: all, of an object, or those a tracker matches. Newest first by timestamp, then by id. */
import type { Action, Page, Ref } from '../../protocol/entities.ts';
import type { ParsedActionsQuery, ParsedObjectActionsQuery } from '../../protocol/schemas/action-queries.ts';
import {
  checkName,
  checkSelf,
  checkService,
  isService,
  mayName,
  type Principal,
} from '../access/principal.ts';
import { forbidden, HubError } from '../errors.ts';
import type { StoredTracker } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import { formatCursor, parseCursor } from '../paging/cursor.ts';
import type { ActionsDeps, DisplayDeps } from '../ports/deps.ts';
import { displaysFor } from '../rendering/displays.ts';
import { parseTrackerId, presentAction } from '../rendering/present.ts';
import { collectPage } from './filter-pages.ts';
import { type Conditions, narrowConditions } from './selection.ts';

/** @throws HubError forbidden, invalid_input */
export async function listActions(
  deps: ActionsDeps & DisplayDeps,
  principal: Principal,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  checkService(principal);
  return readPage(deps, principal, {}, query);
}

/** @throws HubError forbidden, invalid_input */
export async function objectActions(
  deps: ActionsDeps & DisplayDeps,
  principal: Principal,
  object: Ref,
  { as, ...query }: ParsedObjectActionsQuery,
): Promise<Page<Action>> {
  checkMayRead(principal, object);
  const conditions: Conditions = { [as === 'any' ? 'key' : as]: keyOf(object) };
  return readPage(deps, principal, conditions, query);
}

/** `id` is the public id of the tracker. @throws HubError forbidden, not_found, invalid_input */
export async function trackerActions(
  deps: ActionsDeps & DisplayDeps,
  principal: Principal,
  id: string,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  const { trackers } = deps.spaces.reader(principal.space, principal.call?.signal);
  const [tracker] = await trackers.get([parseTrackerId(id)]);
  if (!isService(principal)) {
    const mayRead = principal.scopes.has('track') || principal.scopes.has('feed');
    // The same error whether or not the tracker exists.
    if (!mayRead || tracker?.user !== principal.sub) throw forbidden('the tracker is not yours');
  }
  if (!tracker) throw new HubError('not_found', 'there is no such tracker');
  return readPage(deps, principal, conditionsOfTracker(tracker), query);
}

/** Needs the service scope, or the scope `feed` and a claim that covers the object. */
export const mayRead = (principal: Principal, object: Ref): boolean =>
  isService(principal) || (principal.scopes.has('feed') && mayName(principal, object));

/** @throws HubError forbidden */
export function checkMayRead(principal: Principal, object: Ref): void {
  checkSelf(principal, 'feed', principal.sub);
  checkName(principal, object, 'object');
}

/** Returns the conditions that select the actions a tracker matches (rule 1). */
export function conditionsOfTracker(
  tracker: Pick<StoredTracker, 'tracked' | 'actorOnly' | 'verbs'>,
): Conditions {
  const { tracked, actorOnly, verbs } = tracker;
  const key = keyOf(tracked);
  const isObject = 'id' in tracked;
  return {
    ...(actorOnly && isObject ? { actor: key } : { key }),
    ...(actorOnly && !isObject && { actorType: tracked.type }),
    ...(verbs.length > 0 && { verbs }),
  };
}

async function readPage(
  deps: ActionsDeps & DisplayDeps,
  principal: Principal,
  base: Conditions,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  const after = parseCursor(query.cursor);
  const viewer = isService(principal) ? null : principal.sub;
  // Users cannot read actions below the level that feeds show.
  const level = viewer === null ? base.level : deps.settings.readableLevel;
  const conditions = narrowConditions({ ...base, level }, query, deps.settings);
  if (!conditions) return { items: [], nextCursor: null };
  const { actions, next } = await collectPage(
    deps.spaces.reader(principal.space, principal.call?.signal).actions,
    {
      conditions,
      after,
      limit: query.limit,
      viewer,
      handlers: deps.handlers,
      findDisplays: displaysFor(deps, principal),
    },
  );
  const view = { handlers: deps.handlers, locale: query.locale, user: viewer ?? undefined };
  return {
    items: actions.map((action) => presentAction(action, view)),
    nextCursor: next && formatCursor(next),
  };
}
