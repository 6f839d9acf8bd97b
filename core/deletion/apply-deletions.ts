/** Applies earlier deletions to actions that were stored after them (rule 8; decision 18). */
import { invalidating } from '../consistency/invalidating.ts';
import { needsTombstone, objectKeys, withTombstones } from '../model/deleted-refs.ts';
import type { DeletedObject, StoredAction } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import { actionInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';
import { deleteActionsAndItems } from './delete-actions.ts';
import { isDeletedWith } from './task.ts';

export type DeletedObjects = ReadonlyMap<string, DeletedObject>;

/** Returns the keys of the objects and users that these actions name. */
export function deletableKeys(
  { settings: { userType } }: Pick<DeletionDeps, 'settings'>,
  actions: ReadonlyArray<Pick<StoredAction, 'actor' | 'targets' | 'related' | 'notify'>>,
): string[] {
  const userKey = (id: string): string => keyOf({ type: userType, id });
  return [...new Set(actions.flatMap((action) => [...objectKeys(action), ...action.notify.map(userKey)]))];
}

/**
 * Call it after the actions are stored or merged, because a later deletion finds them there. Deletes covered
 * actions, writes tombstones into the others, and removes deleted users from `notify`. Returns the actions to
 * fan out. `known`: the deleted ones of `deletableKeys` (read-beside.ts). Without it, costs one query if
 * nothing was deleted.
 */
export async function applyDeletions(
  deps: DeletionDeps,
  context: SpaceContext,
  actions: readonly StoredAction[],
  known?: DeletedObjects,
): Promise<readonly StoredAction[]> {
  const deleted = known ?? (await context.stores.objects.deleted(deletableKeys(deps, actions)));
  if (deleted.size === 0) return actions;
  const userKey = (id: string): string => keyOf({ type: deps.settings.userType, id });
  const isToBeDeleted = (action: StoredAction): boolean =>
    objectKeys(action).some((key) => {
      const object = deleted.get(key);
      return object !== undefined && isDeletedWith(object, action);
    });
  const toDelete = actions.filter(isToBeDeleted).map((action) => action.id);
  if (toDelete.length > 0) await deleteActionsAndItems(deps, context, toDelete);
  const toKeep = actions.filter((action) => !isToBeDeleted(action));
  await writeAllTombstones(deps, context, toKeep, deleted);
  const withoutDeletedUsers = await removeDeletedUsers(context, toKeep, (user) => deleted.has(userKey(user)));
  return withoutDeletedUsers.map((action) => withTombstones(action, deleted));
}

async function writeAllTombstones(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  actions: readonly StoredAction[],
  deleted: DeletedObjects,
): Promise<void> {
  const needingTombstones = actions.filter((action) => needsTombstone(action, deleted));
  if (needingTombstones.length === 0) return;
  const names = needingTombstones.map((action) => actionInvalidation(action.id));
  await invalidating(deps.invalidations, space, names, async () => {
    const position = await deps.clock.now(space);
    for (const [key, object] of deleted) {
      const single = new Map([[key, object]]);
      const ids = needingTombstones
        .filter((action) => needsTombstone(action, single))
        .map((action) => action.id);
      if (ids.length > 0) await stores.actions.writeTombstone(ids, object, position);
    }
  });
}

async function removeDeletedUsers(
  { stores }: SpaceContext,
  actions: readonly StoredAction[],
  isDeleted: (user: string) => boolean,
): Promise<StoredAction[]> {
  const notifyingDeleted = actions.filter((action) => action.notify.some(isDeleted));
  if (notifyingDeleted.length > 0) {
    const users = [...new Set(notifyingDeleted.flatMap((action) => action.notify.filter(isDeleted)))];
    const ids = notifyingDeleted.map((action) => action.id);
    await stores.actions.removeFromNotify(ids, users);
  }
  return actions.map((action) => ({ ...action, notify: action.notify.filter((user) => !isDeleted(user)) }));
}
