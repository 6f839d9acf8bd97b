/** Who may do what: the contract's section 3. */
import type { ClassRef, Ref } from '../protocol/entities.ts';
import { forbidden } from './errors.ts';
import { keyOf } from './keys.ts';

export type Scope = 'feed' | 'log' | 'track' | 'service';

/** The call that a principal makes. */
export interface OngoingCall {
  /** Aborted when the caller has left, with `CallerLeft`: reads stop, writes are finished. */
  signal: AbortSignal;
  /** From now on the call only waits for others: it gives up its slot. */
  idle(): void;
  /** Bytes of its payload; `null`: it came without its length. */
  bytes: number | null;
}

/** The holder of a token. */
export interface Principal {
  /** The user's bare id. */
  sub: string;
  space: string;
  scopes: ReadonlySet<Scope>;
  objects: ObjectClaim;
  /** `null`: any verb. */
  verbs: ReadonlySet<string> | null;
  /** The claims `name` and `picture`: how the user is shown as the actor of what it logs. */
  name?: string;
  picture?: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  call?: OngoingCall;
}

/** The objects a holder may name. */
export interface ObjectClaim {
  exact: ReadonlySet<string>;
  prefixes: readonly string[];
}

/**
 * Entries are texts: refs (`type:id`), class refs (`type`) or prefixes that end in `*`. Or they are refs and class refs in object
 * form, which are never prefixes: an id may end in `*`, too.
 */
export function objectClaim(entries: ReadonlyArray<string | Ref | ClassRef>): ObjectClaim {
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
  // A class ref covers its objects, an object never its class.
  return exact.has(key) || exact.has(object.type) || prefixes.some((prefix) => key.startsWith(prefix));
}

export function checkNames(principal: Principal, objects: ReadonlyArray<Ref | ClassRef>, path: string): void {
  const refused = objects.findIndex((object) => !mayName(principal, object));
  if (refused >= 0) throw forbidden('the token does not allow naming this object', `${path}[${refused}]`);
}

/** @throws HubError forbidden */
export function checkService(principal: Principal): void {
  if (!isService(principal)) throw forbidden('this needs the service scope');
}

/** Refuses unless the holder has the scope and acts for itself, or has the service scope. */
export function checkSelf(principal: Principal, scope: Exclude<Scope, 'service'>, user: string): void {
  if (isService(principal)) return;
  if (!principal.scopes.has(scope)) throw forbidden(`the token lacks the scope ${scope}`);
  if (principal.sub !== user) throw forbidden('the token is of another user');
}
