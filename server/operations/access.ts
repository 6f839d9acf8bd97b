/**
 * Who may make a call (docs/security.md). The core checks it, because it knows whose data a call concerns. The access
 * matrix makes every call with every token that must not suffice, so a call that does not check what it declares fails its tests.
 */

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
