/** Conditions on actions, for where no store can check them: what a store finds must be the same. */
import { actionKeys, keyOf } from '../keys.ts';
import type { StoredAction, StoredRef } from '../model.ts';
import type { ActionConditions, Keys } from '../ports/actions.ts';

export const listOf = (keys: Keys | undefined): readonly string[] =>
  keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys;

/** Both. */
export function together(left: Keys | undefined, right: Keys | undefined): Keys | undefined {
  const all = [...new Set([...listOf(left), ...listOf(right)])];
  return all.length > 1 ? all : all[0];
}

export function satisfies(action: StoredAction, conditions: ActionConditions): boolean {
  const { key, actor, actorType, target, related, verbs, isMerged, level } = conditions;
  return (
    (verbs === undefined || verbs.length === 0 || verbs.includes(action.verb)) &&
    (level === undefined || action.level >= level) &&
    (isMerged === undefined || action.count > 1) &&
    (actorType === undefined || action.actor?.type === actorType) &&
    (actor === undefined || (action.actor !== null && keyOf(action.actor) === actor)) &&
    hasAll(action.targets, target) &&
    hasAll(action.related, related) &&
    (key === undefined || isSubset(listOf(key), actionKeys(action)))
  );
}

const hasAll = (refs: readonly StoredRef[], keys: Keys | undefined): boolean =>
  keys === undefined || isSubset(listOf(keys), refs.map(keyOf));

const isSubset = (some: readonly string[], all: readonly string[]): boolean =>
  some.every((each) => all.includes(each));
