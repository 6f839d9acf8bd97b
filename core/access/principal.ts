/** Authorization: who may do what (docs/security.md). */
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { forbidden } from '../errors.ts';
import { keyOf } from '../model/keys.ts';
import type { Millis } from '../model/units.ts';

export type Scope = 'feed' | 'log' | 'track' | 'service';

export interface OngoingCall {
  /** Aborted with `CallerDisconnectedError` when the caller disconnects. Reads stop, writes are completed. */
  signal: AbortSignal;
  /** Releases the call's slot, because from now on it only waits. */
  releaseSlot(): void;
  /** Size of the payload in bytes; `null` if the request did not state it. */
  bytes: number | null;
}

/** The authenticated holder of a token. */
export interface Principal {
  /** The user's id, without a type. */
  sub: string;
  space: string;
  scopes: ReadonlySet<Scope>;
  objects: ObjectClaim;
  /** `null` allows every verb. */
  verbs: ReadonlySet<string> | null;
  /** The claims `name` and `picture`. The user's actions show them on the actor. */
  name?: string;
  picture?: string;
  expiresAt: Millis;
  call?: OngoingCall;
}

/** The objects that the principal may name. */
export interface ObjectClaim {
  exact: ReadonlySet<string>;
  prefixes: readonly string[];
}

/** Most connections share it. */
const noObjects: ObjectClaim = { exact: new Set(), prefixes: [] };

/**
 * String entries are refs (`type:id`), class refs (`type`) or prefixes that end in `*`. Refs and class refs
 * in object form are never prefixes, because an id may end in `*`.
 */
export function objectClaim(entries: ReadonlyArray<string | Ref | ClassRef>): ObjectClaim {
  if (entries.length === 0) return noObjects;
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const entry of entries) {
    if (typeof entry === 'object') exact.add(keyOf(entry));
    else if (entry.endsWith('*')) prefixes.push(entry.slice(0, -1));
    else exact.add(entry);
  }
  return { exact, prefixes };
}

export const isService = (principal: Principal): boolean => principal.scopes.has('service');

export function mayName(principal: Principal, object: Ref | ClassRef): boolean {
  if (isService(principal)) return true;
  const key = keyOf(object);
  const { exact, prefixes } = principal.objects;
  // A class ref covers its objects. An object does not cover its class.
  return exact.has(key) || exact.has(object.type) || prefixes.some((prefix) => key.startsWith(prefix));
}

/** @throws HubError forbidden */
export function checkName(principal: Principal, object: Ref | ClassRef, path: string): void {
  if (!mayName(principal, object)) throw forbidden('the token does not allow naming this object', path);
}

export function checkNames(principal: Principal, objects: ReadonlyArray<Ref | ClassRef>, path: string): void {
  for (const [index, object] of objects.entries()) checkName(principal, object, `${path}[${index}]`);
}

/** @throws HubError forbidden */
export function checkService(principal: Principal, message = 'this needs the service scope'): void {
  if (!isService(principal)) throw forbidden(message);
}

/** Needs the service scope, or the given scope on the principal's own data. @throws HubError forbidden */
export function checkSelf(principal: Principal, scope: Exclude<Scope, 'service'>, user: string): void {
  if (isService(principal)) return;
  if (!principal.scopes.has(scope)) throw forbidden(`the token lacks the scope ${scope}`);
  if (principal.sub !== user) throw forbidden('the token belongs to another user');
}
