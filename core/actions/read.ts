/** Reads actions by the ids under which they were accepted. */
import { checkSelf, isService, type Principal } from '../access/principal.ts';
import { HubError } from '../errors.ts';
import { resolveActions } from '../grouping/resolution.ts';
import type { StoredAction } from '../model/entities.ts';
import { itemId } from '../model/keys.ts';
import { isOwn } from '../model/matching.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { ActionsDeps, DisplayDeps } from '../ports/deps.ts';
import { displayActions, displaysFor } from '../rendering/displays.ts';

/**
 * Returns the actions that these ids resolve to, as they are displayed, in the same order. Without the service scope, the user must
 * be the actor or have the action in its feed. An error lists the paths of all ids that it concerns.
 * @throws HubError forbidden, whether or not the action exists; not_found
 */
export async function readActions(
  deps: ActionsDeps & DisplayDeps,
  principal: Principal,
  ids: readonly string[],
  path: (index: number) => string,
): Promise<readonly StoredAction[]> {
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  if (!isService(principal)) checkSelf(principal, 'feed', principal.sub);
  const found = await findStored(stores.actions, ids);
  const rejectUnless = (
    code: 'forbidden' | 'not_found',
    message: string,
    isAllowed: (id: string) => boolean,
  ) => {
    const fields = ids.flatMap((id, index) => (isAllowed(id) ? [] : { path: path(index), message }));
    if (fields.length > 0) throw new HubError(code, undefined, fields);
  };
  if (!isService(principal)) {
    const readable = await findReadable(deps, principal, found);
    rejectUnless('forbidden', 'the action is not yours and not in your feed', (id) => readable.has(id));
  }
  rejectUnless('not_found', 'there is no such action', (id) => found.has(id));
  return displayActions(
    displaysFor(deps, principal),
    ids.flatMap((id) => found.get(id) ?? []),
  );
}

/** Returns the ids whose action is the user's own or in the user's feed. */
async function findReadable(
  deps: ActionsDeps,
  { space, sub, call }: Principal,
  found: ReadonlyMap<string, StoredAction>,
): Promise<Set<string>> {
  const items = new Set([...found.values()].map((action) => itemId(action.id, sub)));
  const inFeed = await deps.spaces.reader(space, call?.signal).feeds.byIds([...items]);
  const inFeedIds = new Set(inFeed.map((item) => item.action));
  const isReadable = (action: StoredAction) => isOwn(action, sub, deps.settings) || inFeedIds.has(action.id);
  return new Set([...found].flatMap(([id, action]) => (isReadable(action) ? id : [])));
}

/** Omits deleted actions. */
async function findStored(store: ActionStore, ids: readonly string[]): Promise<Map<string, StoredAction>> {
  const resolved = await resolveActions(store, ids);
  return new Map([...resolved].flatMap(([id, { action }]) => (action ? [[id, action]] : [])));
}
