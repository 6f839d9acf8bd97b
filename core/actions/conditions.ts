/** Evaluates conditions on actions in memory. The result must equal that of the store's query. */
import type { StoredAction, StoredRef } from '../model/entities.ts';
import { actionKeys, keyOf } from '../model/keys.ts';
import type { ActionConditions, Keys } from '../ports/actions.ts';

export const toList = (keys: Keys | undefined): readonly string[] =>
  keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys;

export function unionKeys(left: Keys | undefined, right: Keys | undefined): Keys | undefined {
  const all = [...new Set([...toList(left), ...toList(right)])];
  return all.length > 1 ? all : all[0];
}

export function matchesConditions(action: StoredAction, conditions: ActionConditions): boolean {
  const { key, actor, actorType, target, related, verbs, isMerged, level } = conditions;
  return (
    (verbs === undefined || verbs.length === 0 || verbs.includes(action.verb)) &&
    (level === undefined || action.level >= level) &&
    (isMerged === undefined || action.count > 1) &&
    (actorType === undefined || action.actor?.type === actorType) &&
    (actor === undefined || (action.actor !== null && keyOf(action.actor) === actor)) &&
    hasAll(action.targets, target) &&
    hasAll(action.related, related) &&
    (key === undefined || isSubset(toList(key), actionKeys(action)))
  );
}

const hasAll = (refs: readonly StoredRef[], keys: Keys | undefined): boolean =>
  keys === undefined || isSubset(toList(keys), refs.map(keyOf));

const isSubset = (some: readonly string[], all: readonly string[]): boolean =>
  some.every((each) => all.includes(each));
