/** Translates list queries into store conditions. */
import type { ParsedActionsQuery } from '../../protocol/schemas/action-queries.ts';
import { keyOf } from '../model/keys.ts';
import { levelOf } from '../model/levels.ts';
import type { ActionScan } from '../ports/actions.ts';
import type { Settings } from '../settings.ts';
import { unionKeys } from './conditions.ts';

export type Conditions = Omit<ActionScan, 'sortBy' | 'after' | 'limit' | 'maxTimeMs'>;

/**
 * Returns null if the conditions of the list and of the query contradict each other: the list is empty.
 * @throws HubError invalid_input if the name of the level is not configured
 */
export function narrowConditions(
  base: Conditions,
  query: ParsedActionsQuery,
  settings: Settings,
): Conditions | null {
  const actor = query.actor && keyOf(query.actor);
  // An action has at most one actor, but may have several targets and related objects.
  if (actor !== undefined && base.actor !== undefined && base.actor !== actor) return null;
  const verbs = intersectVerbs(base.verbs, query.verb);
  if (verbs?.length === 0) return null;
  const level = query.level === undefined ? [] : [levelOf(query.level, settings, 'level')];
  const minLevel = Math.max(...level, base.level ?? Number.NEGATIVE_INFINITY);
  return {
    ...base,
    actor: actor ?? base.actor,
    key: unionKeys(base.key, query.object && keyOf(query.object)),
    target: unionKeys(base.target, query.target && keyOf(query.target)),
    related: unionKeys(base.related, query.related && keyOf(query.related)),
    verbs,
    ...(Number.isFinite(minLevel) && { level: minLevel }),
    since: query.since ?? base.since,
    until: query.until ?? base.until,
  };
}

/** Intersects two lists of verbs. A missing or empty list means all verbs. */
function intersectVerbs(left?: readonly string[], right?: readonly string[]): readonly string[] | undefined {
  if (!left || left.length === 0) return right && [...new Set(right)];
  return right ? left.filter((verb) => right.includes(verb)) : left;
}
