import type { ClassRef, Ref } from '../protocol/entities.ts';

/** `type:id`; of a class ref its type, which has no colon, so the two never meet. */
export const keyOf = (object: Ref | ClassRef): string =>
  'id' in object ? `${object.type}:${object.id}` : object.type;

/** The keys a tracker can have so that it is about this object: its own and its class's. */
export const trackableKeys = (object: Ref): [string, string] => [keyOf(object), object.type];

/**
 * The id of the item that shows `action` to `user`. Deterministic, so that fan-out run twice inserts once; it
 * begins with the action's id, so that inserts go to the end of the index and an action's items lie together.
 */
export const itemId = (action: string, user: string): string => `${action}:${user}`;

/** FNV-1a, 32 bits: spreads keys over lanes; not for anything an adversary gains by. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
