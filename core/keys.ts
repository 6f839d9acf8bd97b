import { hash } from 'node:crypto';
import type { ClassRef, Ref } from '../protocol/entities.ts';
import type { LoggedAction } from './model.ts';

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

/** Whether a tracker of this user, or of this key, could have the id. */
export function isTrackerIdOf(id: string, { user, key }: { user?: string; key?: string }): boolean {
  const [ofKey, ofUser, ...excess] = id.split(SEPARATOR);
  if (!ofKey || !ofUser || excess.length > 0) return false;
  return (user === undefined || ofUser === user) && (key === undefined || ofKey === key);
}

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

type Parts = Pick<LoggedAction, 'actor' | 'targets' | 'related'>;

/** Keys of all objects that take part in an action, and of their classes: what it can be looked up by. */
export const actionKeys = ({ actor, targets, related }: Parts): string[] => [
  ...new Set([...(actor ? [actor] : []), ...targets, ...related].flatMap(trackableKeys)),
];

/** The keys of some objects as a set: the same text for the same objects, whatever their order. */
export const setKey = (objects: readonly Ref[]): string => objects.map(keyOf).sort().join(SEPARATOR);

/** Actions of the same actor and verb have the same; no actor counts as one actor. */
export const actorVerbKey = ({ actor, verb }: Pick<LoggedAction, 'actor' | 'verb'>): string =>
  `${actor ? keyOf(actor) : ''}${SEPARATOR}${verb}`;

/**
 * What an action can be found by when another may be grouped with it (decision 13): by actor, verb and targets; by actor,
 * verb and related; by actor and verb alone, for handlers that say themselves what is similar.
 */
export interface GroupKeys {
  targets: string;
  related: string;
  verb: string;
}

export function groupKeys(action: Parts & Pick<LoggedAction, 'verb'>): GroupKeys {
  const verb = actorVerbKey(action);
  return {
    targets: digest(`t${verb}${SEPARATOR}${setKey(action.targets)}`),
    related: digest(`r${verb}${SEPARATOR}${setKey(action.related)}`),
    verb: digest(verb),
  };
}

/** 96 bits. */
const digest = (text: string): string => hash('sha256', text, 'base64url').slice(0, 16);
