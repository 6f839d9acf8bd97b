/** The application says that it deleted an object (rule 8 of the contract; decision 18). */
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import type { ParsedDeletion } from '../../protocol/schemas/deletion.ts';
import { isService, type Principal } from '../access.ts';
import { forbidden } from '../errors.ts';
import { keyOf } from '../keys.ts';
import type { DeletedObject } from '../model.ts';
import { objectChurn, userChurn } from '../ports/bus.ts';
import type { Chore } from '../ports/queue.ts';
import type { Stores } from '../ports/stores.ts';
import { begin } from './chore.ts';
import type { DeletionDeps } from './deps.ts';
import { deletedRef, isDeleted, refOf } from './refs.ts';

/**
 * For good: said again it changes nothing, but that `delete` goes over `keep`. What is left of the object is answered
 * when it shows in the newest of its actions; the others follow by the chore.
 * @throws HubError forbidden
 */
export async function deleteObject(
  deps: DeletionDeps,
  principal: Principal,
  ref: Ref,
  input: ParsedDeletion,
): Promise<{ left: DeletedRef; chore: Chore }> {
  if (!isService(principal)) throw forbidden('only the service scope deletes objects');
  const { space } = principal;
  const key = keyOf(ref);
  const chore: Chore = { kind: 'delete', key };
  const owed = await deps.chores.lease(space, [chore]);
  const stores = await deps.spaces.writer(space);
  const shown = await lastShown(stores, ref);
  const user = ref.type === deps.settings.userType ? ref.id : null;
  const names = [objectChurn(key), ...(user === null ? [] : [userChurn(user)])];
  await deps.churn.begin(space, names);
  const pos = await deps.clock.now(space);
  const object = await stores.objects.delete({
    key,
    ref: shown,
    actions: input.actions,
    description: input.description ?? shown.name ?? ref.id,
    serialization: input.serialization ?? { id: ref.id },
    pos,
  });
  await deps.churn.done(space, names);
  const answer = { left: deletedRef(object.ref, object), chore };
  if (object.pos !== pos) {
    // Said before: what that left to be done is owed to it.
    await deps.chores.doneAll(space, owed);
    return answer;
  }
  if (user !== null) await deps.bus.publish(space, { kind: 'userDeleted', user });
  await begin(deps, { space, stores }, object);
  await deps.chores.ready(space, owed);
  return answer;
}

/** As the newest action shows it: the address names an object without its display fields. */
async function lastShown(stores: Stores, ref: Ref): Promise<DeletedObject['ref']> {
  const newest = await stores.actions.find({ key: keyOf(ref), limit: 1 });
  const found = refOf(newest, keyOf(ref));
  if (!found || !isDeleted(found)) return found ?? ref;
  const { deleted: _, description: __, serialization: ___, ...as } = found;
  return as;
}
