/**
 * The access rules (docs/security.md). From a call's rule follow the principals that must be refused, those that
 * must be allowed, and those that must not affect the subject. The access matrices try all of them on every call.
 */
import type { Access as CallAccess } from '../../../server/operations/access.ts';
import { subject as named } from '../../../server/operations/examples.ts';
import type { Claims } from '../tokens.ts';

/** What a call is about. The matrices also use subjects that never existed, and deleted ones. */
export interface Subject {
  /** A bare id. */
  user: string;
  /** An object, as `type:id`, that the user tracks and that the action names. */
  object: string;
  /** The id of an action in the user's feed. Its actor is someone else. */
  action: string;
  /** The id of the action's item in that feed. */
  item: string;
  /** The id of the user's tracker of the object. */
  tracker: string;
  /** The id of a dead letter. */
  letter: string;
}

export type Access =
  /** Needs no token. */
  'anybody' | CallAccess;

/** The holder of a valid token. */
export interface Holder {
  who: string;
  sub: string;
  claims: Claims;
}

/** All combinations of user scopes, and invalid names. */
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

/** Holders whose call must be refused with 403. */
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

/** Holders whose call must succeed, each with the minimal permissions. */
export function insiders(access: Access, { user, object }: Subject): Holder[] {
  if (access === 'anybody') return [];
  const service = { who: 'a backend', sub: 'backend', claims: { scope: 'service', objects: [], verbs: [] } };
  if (access === 'service') return [service];
  const { scopes, names, verb } = access;
  const minimalClaims = { objects: names ? [object] : [], verbs: verb === undefined ? [] : [verb] };
  const holders: Holder[] = (scopes.length === 0 ? [''] : scopes).map((scope) => ({
    who: `scope "${scope}"`,
    sub: user,
    claims: { ...minimalClaims, scope },
  }));
  if (access.concerns !== 'subject') holders.push({ who: 'another user', sub: 'eve', claims: minimalClaims });
  return [...holders, service];
}

/** Holders whose call may succeed, but must not affect or reveal the subject. */
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

/** True if a stored entry belongs to the subject. Entries about its object alone do not count, because others may name it. */
export const concernsSubject =
  ({ user, action, letter }: Subject) =>
  (entry: string): boolean =>
    [user, action, letter].some((name) => entry.includes(name));

/** The names in examples. Long ones come first, because a name may contain another. */
const names = Object.entries(named).sort(([, left], [, right]) => right.length - left.length);
const anyName = new RegExp(names.map(([, name]) => name.replaceAll('.', '\\.')).join('|'), 'g');

/** An example of a call, about this subject. */
export function exampleAbout<T>(example: T, subject: Subject & { token?: string }): T {
  const replacement = new Map<string, string>(
    names.map(([field, name]) => [name, Object.entries(subject).find(([key]) => key === field)?.[1] ?? name]),
  );
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(anyName, (name) => replacement.get(name) ?? name);
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  return replace(example) as T;
}

function has(scope: string, needed: string): boolean {
  const heldScopes = scope.split(' ');
  return needed.split(' ').every((each) => heldScopes.includes(each));
}
