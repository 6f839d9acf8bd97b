/** Registers how objects are displayed (decision 57). */
import type { DeletedRef, ObjectsAnswer, Ref } from '../../protocol/entities.ts';
import { checkService, type Principal } from '../access/principal.ts';
import { checkMayRead } from '../actions/list.ts';
import { HubError } from '../errors.ts';
import { deletedRef } from '../model/deleted-refs.ts';
import { keyOf } from '../model/keys.ts';
import type { CoreDeps, DisplayDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import { withDisplay } from '../rendering/displays.ts';

type ObjectDeps = Pick<CoreDeps, 'spaces'>;

/**
 * Replaces the displays of these objects. The last one applies to an object that is named twice, and the last of concurrent calls to
 * each object. Has no effect on deleted objects. When it returns, every response and push shows the new displays.
 * @throws HubError forbidden
 */
export async function registerObjects(
  { spaces, displays }: ObjectDeps & DisplayDeps,
  principal: Principal,
  refs: readonly Ref[],
): Promise<ObjectsAnswer> {
  checkService(principal, 'only the service scope registers objects');
  const { space } = principal;
  const { objects } = await spaces.writer(space);
  const lastByKey = new Map(refs.map((ref) => [keyOf(ref), ref]));
  try {
    await objects.setDisplays([...lastByKey.values()]);
  } finally {
    // Some may be stored even if it failed.
    await displays.invalidate(space);
  }
  const deleted = await objects.deleted([...lastByKey.keys()]);
  return {
    objects: [...lastByKey].map(([key, ref]) => {
      const object = deleted.get(key);
      return object ? deletedRef(object.ref, object) : ref;
    }),
  };
}

/**
 * Returns how an object is displayed: its registered display, or its tombstone.
 * @throws HubError forbidden; not_found if it is neither registered nor deleted
 */
export async function readObject(
  { spaces }: ObjectDeps,
  principal: Principal,
  { type, id }: Ref,
): Promise<Ref | DeletedRef> {
  const ref = { type, id };
  checkMayRead(principal, ref);
  const stores = spaces.reader(principal.space, principal.call?.signal);
  const found = await findObject(stores, ref);
  if (!found) throw new HubError('not_found', `${keyOf(ref)} has no registered display`);
  return found;
}

async function findObject({ objects }: Stores, ref: Ref): Promise<Ref | DeletedRef | null> {
  const key = keyOf(ref);
  const [displays, deleted] = await Promise.all([objects.displays([key]), objects.deleted([key])]);
  const object = deleted.get(key);
  if (object) return deletedRef(withDisplay(object.ref, displays), object);
  return displays.has(key) ? withDisplay(ref, displays) : null;
}
