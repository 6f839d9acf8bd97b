/** Handles the deletion of an application object (rule 8; decision 18). */
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import type { ParsedDeletion } from '../../protocol/schemas/deletion.ts';
import { checkService, type Principal } from '../access/principal.ts';
import { invalidating } from '../consistency/invalidating.ts';
import { withTasks } from '../consistency/with-tasks.ts';
import { deletedRef, findRef, isDeleted } from '../model/deleted-refs.ts';
import type { DeletedObject } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import type { DeletionDeps, DisplayDeps } from '../ports/deps.ts';
import { objectInvalidation, userInvalidation } from '../ports/invalidations.ts';
import type { Stores } from '../ports/stores.ts';
import type { Task } from '../ports/tasks.ts';
import { withDisplay } from '../rendering/displays.ts';
import { deleteNewest } from './task.ts';

/**
 * Permanent and idempotent; only a later `delete` overrides `keep`. Returns the tombstone once the newest
 * actions show it. The background task updates the others. A registered display becomes part of the tombstone. Of a user, only
 * the name is kept, as the description.
 * @throws HubError forbidden
 */
export async function deleteObject(
  deps: DeletionDeps & DisplayDeps,
  principal: Principal,
  ref: Ref,
  input: ParsedDeletion,
): Promise<{ tombstone: DeletedRef; task: Task }> {
  checkService(principal, 'only the service scope deletes objects');
  const { space } = principal;
  const key = keyOf(ref);
  const task: Task = { kind: 'delete', key };
  const user = ref.type === deps.settings.userType ? ref.id : null;
  const names = [objectInvalidation(key), ...(user === null ? [] : [userInvalidation(user)])];
  return await withTasks(deps.tasks, space, [task], async (leased) => {
    const stores = await deps.spaces.writer(space);
    const loggedRef = await findLatestRef(stores, ref);
    const shownRef = withDisplay(loggedRef, await stores.objects.displays([key]));
    const { object, position } = await invalidating(deps.invalidations, space, names, async () => {
      const now = await deps.clock.now(space);
      const deletion = {
        key,
        ref: user === null ? shownRef : loggedRef,
        actions: input.actions,
        description: input.description ?? shownRef.name ?? ref.id,
        serialization: input.serialization ?? { id: ref.id },
        position: now,
      };
      return { object: await stores.objects.delete(deletion, user !== null), position: now };
    });
    if (user !== null) await deps.displays.invalidate(space);
    const result = { tombstone: deletedRef(object.ref, object), task };
    // The object was deleted before. The task of that call does the remaining work.
    if (object.position !== position) return { result, remaining: [] };
    if (user !== null) await deps.bus.publish(space, { kind: 'userDeleted', user });
    await deleteNewest(deps, { space, stores }, object);
    return { result, remaining: leased };
  });
}

/** Returns the ref of the newest action. The ref in the request has no display fields. */
async function findLatestRef(stores: Stores, ref: Ref): Promise<DeletedObject['ref']> {
  const newest = await stores.actions.find({ key: keyOf(ref), limit: 1 });
  const found = findRef(newest, keyOf(ref));
  if (!found || !isDeleted(found)) return found ?? ref;
  const { deleted: _, description: __, serialization: ___, ...liveRef } = found;
  return liveRef;
}
