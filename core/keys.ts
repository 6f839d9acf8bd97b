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

/** Sorts before every character that ids may hold. */
const SEPARATOR = '\t';
const BEHIND_SEPARATOR = '\n';

/**
 * One user follows one object once, so the id of a tracker is made of the two, the object first: the trackers of an
 * object lie together, by user, and reading through them needs no other index.
 */
export const trackerId = (user: string, key: string): string => `${key}${SEPARATOR}${user}`;

/** The bounds, both exclusive, of the ids of a key's trackers, behind those of `after`. */
export const trackerRange = (key: string, after: string | null): [string, string] => [
  trackerId(after ?? '', key),
  key + BEHIND_SEPARATOR,
];

/** FNV-1a, 32 bits: spreads keys over lanes; not for anything an adversary gains by. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
