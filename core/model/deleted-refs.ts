/** Tombstones: refs of deleted objects in actions (rule 8; decision 18). */
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import type { DeletedObject, StoredAction, StoredRef } from './entities.ts';
import { keyOf } from './keys.ts';

/** Returns the tombstone that replaces `ref`. It keeps the display fields. */
export const deletedRef = (
  ref: Ref,
  { description, serialization }: Pick<DeletedObject, 'description' | 'serialization'>,
): DeletedRef => ({ ...ref, deleted: true, description, serialization });

export const isDeleted = (ref: StoredRef): ref is DeletedRef => 'deleted' in ref;

/** The objects that an action names. */
export type ActionRefs = Pick<StoredAction, 'actor' | 'targets' | 'related'>;

const refsOf = ({ actor, targets, related }: ActionRefs): StoredRef[] => [
  ...(actor ? [actor] : []),
  ...targets,
  ...related,
];

/** Returns the keys of the objects in an action, without those of their classes. */
export const objectKeys = (action: ActionRefs): string[] => [...new Set(refsOf(action).map(keyOf))];

export const findRef = (actions: readonly ActionRefs[], key: string): StoredRef | undefined =>
  actions.flatMap(refsOf).find((ref) => keyOf(ref) === key);

/** Returns true if the action contains one of these objects without a tombstone. */
export const needsTombstone = (action: ActionRefs, deleted: ReadonlyMap<string, DeletedObject>): boolean =>
  refsOf(action).some((ref) => !isDeleted(ref) && deleted.has(keyOf(ref)));

export const countTombstones = (action: ActionRefs): number => refsOf(action).filter(isDeleted).length;

export function withTombstones<T extends ActionRefs>(
  action: T,
  deleted: ReadonlyMap<string, DeletedObject>,
): T {
  const toTombstone = (ref: StoredRef): StoredRef => {
    const object = deleted.get(keyOf(ref));
    return object && !isDeleted(ref) ? deletedRef(ref, object) : ref;
  };
  return {
    ...action,
    actor: action.actor && toTombstone(action.actor),
    targets: action.targets.map(toTombstone),
    related: action.related.map(toTombstone),
  };
}
