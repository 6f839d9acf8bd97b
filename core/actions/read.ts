/** Reading actions by the ids they were accepted under. */
import { checkSelf, isService, type Principal } from '../access.ts';
import { HubError } from '../errors.ts';
import { resolveActions } from '../grouping/resolve.ts';
import { itemId, keyOf } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { ActionsDeps } from './deps.ts';

/**
 * The actions these ids lead to, in that order: those one did, or has in one's feed; with the service scope any. Refusals
 * tell of all ids at once, by their paths.
 * @throws HubError forbidden, the same whether an action exists or not; not_found
 */
export async function readActions(
  deps: ActionsDeps,
  principal: Principal,
  ids: readonly string[],
  path: (index: number) => string,
): Promise<StoredAction[]> {
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  if (!isService(principal)) checkSelf(principal, 'feed', principal.sub);
  const found = await storedActions(stores.actions, ids);
  const refuseUnless = (code: 'forbidden' | 'not_found', message: string, may: (id: string) => boolean) => {
    const fields = ids.flatMap((id, index) => (may(id) ? [] : { path: path(index), message }));
    if (fields.length > 0) throw new HubError(code, undefined, fields);
  };
  if (!isService(principal)) {
    const readable = await ownOrShown(deps, principal, found);
    refuseUnless('forbidden', 'the action is not yours and not in your feed', (id) => readable.has(id));
  }
  refuseUnless('not_found', 'there is no such action', (id) => found.has(id));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** The ids asked for whose action one did, or has in one's feed. */
async function ownOrShown(
  deps: ActionsDeps,
  { space, sub, call }: Principal,
  found: ReadonlyMap<string, StoredAction>,
): Promise<Set<string>> {
  const self = `${deps.settings.userType}:${sub}`;
  const items = new Set([...found.values()].map((action) => itemId(action.id, sub)));
  const inFeed = await deps.spaces.reader(space, call?.signal).feeds.byIds([...items]);
  const shown = new Set(inFeed.map((item) => item.action));
  const own = (action: StoredAction) => action.actor !== null && keyOf(action.actor) === self;
  return new Set([...found].flatMap(([id, action]) => (own(action) || shown.has(action.id) ? id : [])));
}

/** What is gone is missing. */
async function storedActions(store: ActionStore, ids: readonly string[]): Promise<Map<string, StoredAction>> {
  const resolved = await resolveActions(store, ids);
  return new Map([...resolved].flatMap(([id, { action }]) => (action ? [[id, action]] : [])));
}
