/**
 * The background task of a deletion. Processes all actions of the object in chunks, newest first. With
 * `delete` it also removes the object's trackers, and for a user all data of the user. Idempotent.
 */
import { z } from 'zod';
import { resetFeeds } from '../feed/write/reset.ts';
import type { DeletedObject, StoredAction } from '../model/entities.ts';
import { cursorOf, timeCursor } from '../paging/cursor.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import type { SpaceContext } from '../ports/stores.ts';
import type { CheckpointStore } from '../ports/tasks.ts';
import { deleteActions, deleteActionsAndItems, FeedItemRemover } from './delete-actions.ts';
import { ResyncUsers } from './push-limit.ts';
import { removeTrackers } from './trackers.ts';
import { deleteUserData } from './user.ts';
import { touchFeeds, writeTombstones } from './write-tombstones.ts';

/** Actions per chunk. */
const CHUNK_SIZE = 500;
/** Actions processed, and items removed, before the call returns. */
const INLINE_LIMITS = { actions: 100, items: 500 };
/** Users whose reset may wait until the end of the task. The checkpoint lists them. */
const MAX_RESYNC_USERS = 1_000;

/** Returns true if the deletion covers the action: all its merged parts were accepted before. */
export const isDeletedWith = (object: DeletedObject, action: StoredAction): boolean =>
  object.actions === 'delete' && action.version <= object.position;

/** The synchronous part of a deletion. Only the background task pushes tombstones to feeds. */
export async function deleteNewest(
  deps: DeletionDeps,
  context: SpaceContext,
  object: DeletedObject,
): Promise<void> {
  const newest = await context.stores.actions.find({ key: object.key, limit: INLINE_LIMITS.actions });
  const { toDelete, toKeep } = splitActions(object, newest);
  if (toDelete.length > 0) await deleteActionsAndItems(deps, context, toDelete, INLINE_LIMITS.items);
  await writeTombstones(deps, context, object, toKeep);
}

const checkpointSchema = z.object({
  after: timeCursor.nullable(),
  /** Users whose feeds changed without pushes. */
  resyncUsers: z.array(z.string()),
  /** Actions that may be deleted already. Only this list leads to their items that are left in feeds. */
  toDelete: z.array(z.string()),
});
type DeletionCheckpoint = z.infer<typeof checkpointSchema>;

/** Runs the background task. */
export async function finishDeletion(
  deps: DeletionDeps,
  context: SpaceContext,
  key: string,
  progress: CheckpointStore,
): Promise<void> {
  const { stores } = context;
  const object = (await stores.objects.deleted([key])).get(key);
  // The deleting process crashed before it stored the deletion, so the call did not succeed.
  if (!object) return;
  const start = loadCheckpoint(progress);
  // Taken before anything is read: tombstones may be stored already whose items were not pushed.
  const readPosition = await deps.clock.now(context.space);
  let { after, toDelete } = start;
  const saveCheckpoint = () =>
    progress.saveCheckpoint(
      JSON.stringify({ after, toDelete, resyncUsers: [...resyncUsers.users] } satisfies DeletionCheckpoint),
    );
  const resyncUsers: ResyncUsers = new ResyncUsers(start.resyncUsers, saveCheckpoint);
  const itemRemover = new FeedItemRemover(deps, context, resyncUsers);
  await itemRemover.removeFromFeeds(toDelete);
  for (;;) {
    const actions = await stores.actions.find({ key, after, limit: CHUNK_SIZE });
    const split = splitActions(object, actions);
    ({ toDelete } = split);
    if (toDelete.length > 0) {
      await saveCheckpoint();
      await deleteActions(deps, context, toDelete);
      await itemRemover.removeFromFeeds(toDelete);
    }
    const changed = await writeTombstones(deps, context, object, split.toKeep);
    const kept = split.toKeep.map((action) => action.id);
    if (kept.length > 0)
      await touchFeeds(deps, context, { actions: kept, changed, readPosition, resyncUsers });
    if (resyncUsers.users.size > MAX_RESYNC_USERS) await flushResyncUsers(deps, context, resyncUsers);
    const last = actions.at(-1);
    if (last) after = cursorOf(last);
    toDelete = [];
    await saveCheckpoint();
    if (actions.length < CHUNK_SIZE) break;
  }
  await flushResyncUsers(deps, context, resyncUsers);
  if (object.actions === 'delete') await removeTrackers(deps, context, object);
  if (object.ref.type === deps.settings.userType) await deleteUserData(deps, context, object.ref.id);
}

/** Splits actions into the ids of those that the deletion covers, and the others. */
function splitActions(object: DeletedObject, actions: readonly StoredAction[]) {
  return {
    toDelete: actions.filter((action) => isDeletedWith(object, action)).map((action) => action.id),
    toKeep: actions.filter((action) => !isDeletedWith(object, action)),
  };
}

async function flushResyncUsers(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  resyncUsers: ResyncUsers,
): Promise<void> {
  if (resyncUsers.users.size > 0) await resetFeeds(deps, stores, space, resyncUsers.users);
  resyncUsers.users.clear();
}

function loadCheckpoint({ checkpoint }: CheckpointStore): DeletionCheckpoint {
  if (!checkpoint) return { after: null, resyncUsers: [], toDelete: [] };
  const saved = checkpointSchema.parse(JSON.parse(checkpoint.text));
  // A new request starts over. Users whose feeds changed without pushes still need their reset.
  return checkpoint.sameRequest ? saved : { ...saved, after: null };
}
