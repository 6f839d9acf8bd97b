/**
 * Who may make a call, as section 3 of the contract says; and from it, who must be refused, who must be let in, and who gets
 * nothing of it. The access matrices try all of them on every call.
 */
import type { Claims } from '../tokens.ts';

/** What a call is about. Calls are also tried about things that never existed, and about things that are gone. */
export interface Subject {
  /** A bare id. */
  user: string;
  /** An object that the user tracks and that takes part in the action, as `type:id`. */
  object: string;
  /** The id of an action in the user's feed, which the user did not do. */
  action: string;
  /** The id of its item there. */
  item: string;
  /** The id of the user's tracker of the object. */
  tracker: string;
  /** The id of a dead letter. */
  letter: string;
}

export type Access =
  /** Needs no token. */
  | 'anybody'
  /** Needs the service scope. */
  | 'service'
  | UserAccess;

/** Open to tokens of users, and to the service scope for any user. */
export interface UserAccess {
  /** Each entry suffices: the scopes it names, separated by blanks. Empty: any valid token. */
  scopes: readonly string[];
  /**
   * - `subject`: the call concerns the subject's user, or what only that user may read; other users are refused;
   * - `self`: the call names no user; it concerns whoever makes it;
   * - `object`: the call concerns the object, whoever makes it.
   */
  concerns: 'subject' | 'self' | 'object';
  /** Whether the call names the object, so that the claim `objects` must cover it. */
  names?: true;
  /** The verb that the call logs, so that the claim `verbs` must hold it. */
  verb?: string;
}

/** Somebody with a valid token. */
export interface Holder {
  who: string;
  sub: string;
  claims: Claims;
}

/** Every set of the scopes that users have, and names that are no scopes. */
const SCOPES = [
  '',
  'feed',
  'log',
  'track',
  'feed log',
  'feed track',
  'log track',
  'feed log track',
  'admin Service services feed,log,track',
];

/** Holders whose call is refused with 403. */
export function outsiders(access: Access, { user, object }: Subject): Holder[] {
  if (access === 'anybody') return [];
  const own = (who: string, claims: Claims): Holder => ({ who, sub: user, claims });
  const suffices = (scope: string) =>
    access !== 'service' && (access.scopes.length === 0 || access.scopes.some((each) => has(scope, each)));
  const all = SCOPES.filter((scope) => !suffices(scope)).map((scope) => own(`scope "${scope}"`, { scope }));
  if (access === 'service') return [...all, { who: 'no scope claim', sub: user, claims: {} }];
  const { concerns, names, verb } = access;
  if (concerns === 'subject') {
    for (const sub of ['eve', `user:${user}`, user.toUpperCase(), `${user}*`])
      all.push({ who: `the user ${sub}`, sub, claims: {} });
  }
  if (names) {
    const [type = '', id = ''] = object.split(':');
    for (const objects of [undefined, [], [`${object}x`, object.slice(0, -1), `${type}s`, id, `${object}:*`]])
      all.push(own(`objects ${JSON.stringify(objects)}`, { objects }));
  }
  if (verb !== undefined) {
    for (const verbs of [[], [verb.toUpperCase(), `${verb} `, `${verb.slice(0, -1)}*`, '*']])
      all.push(own(`verbs ${JSON.stringify(verbs)}`, { verbs }));
  }
  return all;
}

/** Holders whose call succeeds: each with no more than it needs. */
export function insiders(access: Access, { user, object }: Subject): Holder[] {
  if (access === 'anybody') return [];
  const service = { who: 'a backend', sub: 'backend', claims: { scope: 'service', objects: [], verbs: [] } };
  if (access === 'service') return [service];
  const { scopes, names, verb } = access;
  const least = { objects: names ? [object] : [], verbs: verb === undefined ? [] : [verb] };
  const holders: Holder[] = (scopes.length === 0 ? [''] : scopes).map((scope) => ({
    who: `scope "${scope}"`,
    sub: user,
    claims: { ...least, scope },
  }));
  if (access.concerns !== 'subject') holders.push({ who: 'another user', sub: 'eve', claims: least });
  return [...holders, service];
}

/** Holders whose call may succeed, but must not touch or tell of the subject. */
export function bystanders(access: Access, { user }: Subject): Holder[] {
  if (access === 'anybody') return [];
  const space = 'blue';
  const others: Holder[] = [
    { who: 'the same user in another space', sub: user, claims: { space } },
    { who: 'a backend of another space', sub: 'backend', claims: { space, scope: 'service' } },
  ];
  if (access !== 'service' && access.concerns === 'self') others.push({ who: 'eve', sub: 'eve', claims: {} });
  return others;
}

/** Whether an entry of what is stored is of the subject, and not only about its object, which others may name. */
export const isOf =
  ({ user, action, letter }: Subject) =>
  (entry: string): boolean =>
    [user, action, letter].some((name) => entry.includes(name));

function has(scope: string, needed: string): boolean {
  const held = scope.split(' ');
  return needed.split(' ').every((each) => held.includes(each));
}
