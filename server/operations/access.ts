/** Who may make a call (section 3 of the contract). */
import { checkService, isService, type Principal } from '../../core/access/principal.ts';
import { forbidden } from '../../core/errors.ts';

export type Access =
  /** Needs the service scope. */
  'service' | UserAccess;

/** Allowed for user tokens, and with the service scope for any user. */
export interface UserAccess {
  /** Alternatives: each entry lists the scopes it needs, separated by blanks. If empty, any valid token suffices. */
  scopes: readonly string[];
  /**
   * - `subject`: the call concerns one user, or what only that user may read. Other users are refused.
   * - `self`: the call names no user. It concerns its caller.
   * - `object`: the call concerns an object, for any caller.
   */
  concerns: 'subject' | 'self' | 'object';
  /** Set if the call names the object, so that the claim `objects` must cover it. */
  names?: true;
  /** The verb that the example logs. The claim `verbs` must contain it. */
  verb?: string;
}

/** What a user may do with its own data. */
export const own = (...scopes: string[]): UserAccess => ({ scopes, concerns: 'subject' });

/** What a user may read about an object that its token names. */
export const aboutObject: UserAccess = { scopes: ['feed'], concerns: 'object', names: true };

/** Checks the scope. The core also checks whose data it is. @throws HubError forbidden */
export function checkAccess(principal: Principal, access: Access): void {
  if (access === 'service') checkService(principal);
  else checkScopes(principal, access.scopes);
}

function checkScopes(principal: Principal, alternatives: readonly string[]): void {
  if (isService(principal) || alternatives.length === 0) return;
  const held: ReadonlySet<string> = principal.scopes;
  const missing = alternatives.map((needed) => needed.split(' ').find((scope) => !held.has(scope)));
  if (!missing.includes(undefined)) throw forbidden(`the token lacks the scope ${missing[0]}`);
}
