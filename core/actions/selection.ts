/** Which actions a list is of: what a store can find by itself, and what has to be looked at one by one. */
import type { Ref } from '../../protocol/entities.ts';
import type { ParsedActionsQuery } from '../../protocol/schemas/accessors.ts';
import { keyOf } from '../keys.ts';
import { levelOf } from '../log.ts';
import type { StoredAction } from '../model.ts';
import type { ActionScan } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

export type Conditions = Omit<ActionScan, 'by' | 'after' | 'limit'>;

export interface Selection {
  conditions: Conditions;
  /** What else must hold, each of it. */
  tests: ReadonlyArray<(action: StoredAction) => boolean>;
}

/**
 * What a query asks for among what a list is of. `null` where the two contradict each other: nothing is both.
 * @throws HubError invalid_input where the level's name is not configured.
 */
export function narrowed(of: Selection, query: ParsedActionsQuery, settings: Settings): Selection | null {
  const { conditions } = of;
  const tests = [...of.tests];
  const asked: Conditions = {
    ...(query.actor && { actor: keyOf(query.actor) }),
    ...(query.target && { target: keyOf(query.target) }),
    ...(query.related && { related: keyOf(query.related) }),
  };
  for (const role of ['actor', 'target', 'related'] as const) {
    const [own, other] = [conditions[role], asked[role]];
    if (own === undefined || other === undefined || own === other) continue;
    // An action has one actor, but may have many of the others.
    if (role === 'actor') return null;
    tests.push(hasIn(role, other));
  }
  if (query.object) {
    const key = keyOf(query.object);
    if (conditions.key === undefined) asked.key = key;
    else if (conditions.key !== key)
      tests.push((action) => partsOf(action).some((part) => keyOf(part) === key));
  }
  const verbs = common(conditions.verbs, query.verb);
  if (verbs?.length === 0) return null;
  const level = query.level === undefined ? [] : [levelOf(query.level, settings, 'level')];
  const least = Math.max(...level, conditions.level ?? Number.NEGATIVE_INFINITY);
  return {
    conditions: {
      ...asked,
      ...conditions,
      ...(verbs && { verbs }),
      ...(Number.isFinite(least) && { level: least }),
      ...(query.since !== undefined && { since: query.since }),
      ...(query.until !== undefined && { until: query.until }),
    },
    tests,
  };
}

export const partsOf = (action: StoredAction): Ref[] => [
  ...(action.actor ? [action.actor] : []),
  ...action.targets,
  ...action.related,
];

const hasIn =
  (role: 'target' | 'related', key: string) =>
  (action: StoredAction): boolean =>
    (role === 'target' ? action.targets : action.related).some((part) => keyOf(part) === key);

/** Of two lists of which each may mean everything. */
function common(left?: readonly string[], right?: readonly string[]): readonly string[] | undefined {
  if (!left || left.length === 0) return right && [...new Set(right)];
  return right ? left.filter((verb) => right.includes(verb)) : left;
}
