/** What arrives about objects that were deleted before, or while it waited (rule 8 of the contract; decision 18). */
import { keyOf } from '../keys.ts';
import type { DeletedObject, StoredAction } from '../model.ts';
import { actionChurn } from '../ports/bus.ts';
import { bury } from './bury.ts';
import { takesAway } from './chore.ts';
import type { DeletionDeps, Place } from './deps.ts';
import { isOutdated, objectKeys, withDeleted } from './refs.ts';

type Deleted = ReadonlyMap<string, DeletedObject>;

/**
 * To be called with actions once they are stored, or merged into: what is deleted later finds them there. Buries those
 * that a deletion takes with it, writes what is left of objects into the others, and takes deleted users out of
 * `notify`. Answers what there is to fan out. Asks one thing of the database where nothing was deleted.
 */
export async function applyDeletions(
  deps: DeletionDeps,
  place: Place,
  actions: readonly StoredAction[],
): Promise<readonly StoredAction[]> {
  const { userType } = deps.settings;
  const userKey = (id: string): string => keyOf({ type: userType, id });
  const keys = new Set(actions.flatMap((action) => [...objectKeys(action), ...action.notify.map(userKey)]));
  const deleted = await place.stores.objects.deleted([...keys]);
  if (deleted.size === 0) return actions;
  const isGoing = (action: StoredAction): boolean =>
    objectKeys(action).some((key) => {
      const object = deleted.get(key);
      return object !== undefined && takesAway(object, action);
    });
  const going = actions.filter(isGoing).map((action) => action.id);
  if (going.length > 0) await bury(deps, place, going);
  const staying = actions.filter((action) => !isGoing(action));
  await showAll(deps, place, staying, deleted);
  const forgotten = await forget(place, staying, (user) => deleted.has(userKey(user)));
  return forgotten.map((action) => withDeleted(action, deleted));
}

async function showAll(
  deps: DeletionDeps,
  { space, stores }: Place,
  actions: readonly StoredAction[],
  deleted: Deleted,
): Promise<void> {
  const outdated = actions.filter((action) => isOutdated(action, deleted));
  if (outdated.length === 0) return;
  const names = outdated.map((action) => actionChurn(action.id));
  await deps.churn.begin(space, names);
  const pos = await deps.clock.now(space);
  for (const [key, object] of deleted) {
    const only = new Map([[key, object]]);
    const ids = outdated.filter((action) => isOutdated(action, only)).map((action) => action.id);
    if (ids.length > 0) await stores.actions.showDeleted(ids, object, pos);
  }
  await deps.churn.done(space, names);
}

async function forget(
  { stores }: Place,
  actions: readonly StoredAction[],
  isDeleted: (user: string) => boolean,
): Promise<StoredAction[]> {
  const named = actions.filter((action) => action.notify.some(isDeleted));
  if (named.length > 0) {
    const users = [...new Set(named.flatMap((action) => action.notify.filter(isDeleted)))];
    await stores.actions.forgetUsers(
      named.map((action) => action.id),
      users,
    );
  }
  return actions.map((action) => ({ ...action, notify: action.notify.filter((user) => !isDeleted(user)) }));
}
