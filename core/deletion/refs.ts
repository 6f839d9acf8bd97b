/** What is left of deleted objects in the actions that show them (rule 8 of the contract; decision 18). */
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import { keyOf } from '../keys.ts';
import type { DeletedObject, StoredAction, StoredRef } from '../model.ts';

/** As it is shown where `ref` was logged: its display fields stay. */
export const deletedRef = (
  ref: Ref,
  { description, serialization }: Pick<DeletedObject, 'description' | 'serialization'>,
): DeletedRef => ({ ...ref, deleted: true, description, serialization });

export const isDeleted = (ref: StoredRef): ref is DeletedRef => 'deleted' in ref;

type Parts = Pick<StoredAction, 'actor' | 'targets' | 'related'>;

const partsOf = ({ actor, targets, related }: Parts): StoredRef[] => [
  ...(actor ? [actor] : []),
  ...targets,
  ...related,
];

/** Keys of the objects that take part in an action, but not of their classes. */
export const objectKeys = (action: Parts): string[] => [...new Set(partsOf(action).map(keyOf))];

/** The newest given ref of the object with this key, as it was logged. */
export const refOf = (actions: readonly Parts[], key: string): StoredRef | undefined =>
  actions.flatMap(partsOf).find((ref) => keyOf(ref) === key);

/** Whether the action shows any of these objects as if it were still there. */
export const isOutdated = (action: Parts, deleted: ReadonlyMap<string, DeletedObject>): boolean =>
  partsOf(action).some((ref) => !isDeleted(ref) && deleted.has(keyOf(ref)));

/** How many of its refs are what is left of objects. */
export const countDeleted = (action: Parts): number => partsOf(action).filter(isDeleted).length;

/** The action with what is left of these objects in their places. */
export function withDeleted<T extends Parts>(action: T, deleted: ReadonlyMap<string, DeletedObject>): T {
  const shown = (ref: StoredRef): StoredRef => {
    const object = deleted.get(keyOf(ref));
    return object && !isDeleted(ref) ? deletedRef(ref, object) : ref;
  };
  return {
    ...action,
    actor: action.actor && shown(action.actor),
    targets: action.targets.map(shown),
    related: action.related.map(shown),
  };
}
