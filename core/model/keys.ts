import { hash } from 'node:crypto';
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import type { LoggedAction } from './entities.ts';

/** Returns `type:id`, or for a class ref its type. Types contain no colon, so the two never collide. */
export const keyOf = (object: Ref | ClassRef): string =>
  'id' in object ? `${object.type}:${object.id}` : object.type;

/** Returns the keys of trackers that match this object: its own key and that of its class. */
export const trackableKeys = (object: Ref): [string, string] => [keyOf(object), object.type];

/**
 * Returns the id of an item. It is deterministic, so that repeated fan-out inserts it once. The action id
 * comes first, so that inserts append to the index and the items of an action are adjacent.
 */
export const itemId = (action: string, user: string): string => `${action}:${user}`;

/** Returns the user of an item. Ids of actions contain no colon. */
export const userOfItem = (id: string): string => id.slice(id.indexOf(':') + 1);

/** Sorts before every character that ids may contain. */
const SEPARATOR = '\t';
const AFTER_SEPARATOR = '\n';

/**
 * A user has at most one tracker per object. The object comes first: its trackers are adjacent and sorted by
 * user, and scanning them needs no other index.
 */
export const trackerId = (user: string, key: string): string => `${key}${SEPARATOR}${user}`;

/** Returns the key of a tracker's object. */
export const keyOfTracker = (id: string): string => id.split(SEPARATOR, 1)[0] ?? id;

/** Returns true if a tracker of this user, or of this key, could have the id. */
export function isTrackerIdOf(id: string, { user, key }: { user?: string; key?: string }): boolean {
  const [keyPart, userPart, ...rest] = id.split(SEPARATOR);
  if (!keyPart || !userPart || rest.length > 0) return false;
  return (user === undefined || userPart === user) && (key === undefined || keyPart === key);
}

/** Returns the exclusive bounds of the tracker ids of a key, after user `after`. */
export const trackerRange = (key: string, after: string | null): [string, string] => [
  trackerId(after ?? '', key),
  key + AFTER_SEPARATOR,
];

/** FNV-1a, 32 bits. Distributes keys over partitions. Not suitable for security purposes. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

type ActionRefs = Pick<LoggedAction, 'actor' | 'targets' | 'related'>;

/** Returns the keys of all objects in an action and of their classes. Actions are indexed by them. */
export const actionKeys = ({ actor, targets, related }: ActionRefs): string[] => [
  ...new Set([...(actor ? [actor] : []), ...targets, ...related].flatMap(trackableKeys)),
];

/** Returns a string for a set of objects, independent of their order. */
export const setKey = (objects: readonly Ref[]): string => objects.map(keyOf).sort().join(SEPARATOR);

/** Returns the same key for actions with the same actor, or none, and the same verb. */
export const actorVerbKey = ({ actor, verb }: Pick<LoggedAction, 'actor' | 'verb'>): string =>
  `${actor ? keyOf(actor) : ''}${SEPARATOR}${verb}`;

/**
 * Index keys to find candidates for grouping (decision 13): the same actor, verb and targets, or the same
 * actor, verb and related objects. With a custom `group`: the same actor and verb.
 */
export interface GroupKeys {
  targets: string;
  related: string;
  verb: string;
}

export function groupKeys(action: ActionRefs & Pick<LoggedAction, 'verb'>): GroupKeys {
  const verb = actorVerbKey(action);
  return {
    targets: digest(`t${verb}${SEPARATOR}${setKey(action.targets)}`),
    related: digest(`r${verb}${SEPARATOR}${setKey(action.related)}`),
    verb: digest(verb),
  };
}

/** 96 bits. */
const digest = (text: string): string => hash('sha256', text, 'base64url').slice(0, 16);
