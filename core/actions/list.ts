/** Reading actions: all, those an object takes part in, those a tracker follows. Newest first by timestamp, then id. */
import type { Action, Page, Ref } from '../../protocol/entities.ts';
import type { ParsedActionsQuery, ParsedObjectActionsQuery } from '../../protocol/schemas/accessors.ts';
import { checkService, isService, mayName, type Principal } from '../access.ts';
import { forbidden, HubError } from '../errors.ts';
import { formatCursor, parseCursor } from '../feed/cursor.ts';
import { keyOf } from '../keys.ts';
import type { StoredTracker } from '../model.ts';
import { parseTrackerId, presentAction } from '../present.ts';
import { collect } from './collect.ts';
import type { ActionsDeps } from './deps.ts';
import { type Conditions, narrowed } from './selection.ts';

/** @throws HubError forbidden, invalid_input */
export async function listActions(
  deps: ActionsDeps,
  principal: Principal,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  checkService(principal);
  return page(deps, principal, {}, query);
}

/** @throws HubError forbidden, invalid_input */
export async function objectActions(
  deps: ActionsDeps,
  principal: Principal,
  object: Ref,
  { as, ...query }: ParsedObjectActionsQuery,
): Promise<Page<Action>> {
  checkReads(principal, object);
  const conditions: Conditions = { [as === 'any' ? 'key' : as]: keyOf(object) };
  return page(deps, principal, conditions, query);
}

/** `id` as trackers are shown. @throws HubError forbidden, not_found, invalid_input */
export async function trackerActions(
  deps: ActionsDeps,
  principal: Principal,
  id: string,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  const { trackers } = deps.spaces.reader(principal.space, principal.call?.signal);
  const [tracker] = await trackers.get([parseTrackerId(id)]);
  if (!isService(principal)) {
    const mayRead = principal.scopes.has('track') || principal.scopes.has('feed');
    // The same whether it exists or not.
    if (!mayRead || tracker?.user !== principal.sub) throw forbidden('the tracker is not yours');
  }
  if (!tracker) throw new HubError('not_found', 'there is no such tracker');
  return page(deps, principal, followed(tracker), query);
}

/** Reading what concerns an object: with the service scope, or `feed` and a claim that names it. */
export const mayRead = (principal: Principal, object: Ref): boolean =>
  isService(principal) || (principal.scopes.has('feed') && mayName(principal, object));

/** @throws HubError forbidden */
export function checkReads(principal: Principal, object: Ref): void {
  if (mayRead(principal, object)) return;
  if (!principal.scopes.has('feed')) throw forbidden('the token lacks the scope feed');
  throw forbidden('the token does not allow naming this object', 'object');
}

/** What a tracker matches by its settings (rule 1). */
export function followed(tracker: Pick<StoredTracker, 'tracked' | 'actorOnly' | 'verbs'>): Conditions {
  const { tracked, actorOnly, verbs } = tracker;
  const key = keyOf(tracked);
  const isObject = 'id' in tracked;
  return {
    ...(actorOnly && isObject ? { actor: key } : { key }),
    ...(actorOnly && !isObject && { actorType: tracked.type }),
    ...(verbs.length > 0 && { verbs }),
  };
}

async function page(
  deps: ActionsDeps,
  principal: Principal,
  of: Conditions,
  query: ParsedActionsQuery,
): Promise<Page<Action>> {
  const cursor = query.cursor === undefined ? null : parseCursor(query.cursor);
  const viewer = isService(principal) ? null : principal.sub;
  // What may appear in no feed is the application's own business.
  const level = viewer === null ? of.level : deps.settings.readableLevel;
  const readable = { ...of, ...(level !== undefined && { level }) };
  const conditions = narrowed(readable, query, deps.settings);
  if (!conditions) return { items: [], nextCursor: null };
  const { actions, next } = await collect(
    deps.spaces.reader(principal.space, principal.call?.signal).actions,
    {
      conditions,
      after: cursor && { time: cursor.at, id: cursor.id },
      limit: query.limit,
      viewer,
      handlers: deps.handlers,
    },
  );
  const view = { handlers: deps.handlers, locale: query.locale, user: viewer ?? undefined };
  return {
    items: actions.map((action) => presentAction(action, view)),
    nextCursor: next && formatCursor({ at: next.time, id: next.id }),
  };
}
