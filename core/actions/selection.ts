/** Which actions a list is of, as conditions that a store can check. */
import type { ParsedActionsQuery } from '../../protocol/schemas/accessors.ts';
import { keyOf } from '../keys.ts';
import { levelOf } from '../levels.ts';
import type { ActionScan } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';
import { together } from './conditions.ts';

export type Conditions = Omit<ActionScan, 'by' | 'after' | 'limit' | 'mostMs'>;

/**
 * What a query asks for among what a list is of. `null` where the two contradict each other: nothing is both.
 * @throws HubError invalid_input where the level's name is not configured.
 */
export function narrowed(of: Conditions, query: ParsedActionsQuery, settings: Settings): Conditions | null {
  const actor = query.actor && keyOf(query.actor);
  // An action has one actor, but may have many of the others.
  if (actor !== undefined && of.actor !== undefined && of.actor !== actor) return null;
  const verbs = common(of.verbs, query.verb);
  if (verbs?.length === 0) return null;
  const level = query.level === undefined ? [] : [levelOf(query.level, settings, 'level')];
  const least = Math.max(...level, of.level ?? Number.NEGATIVE_INFINITY);
  return {
    ...of,
    ...(actor !== undefined && { actor }),
    key: together(of.key, query.object && keyOf(query.object)),
    target: together(of.target, query.target && keyOf(query.target)),
    related: together(of.related, query.related && keyOf(query.related)),
    ...(verbs && { verbs }),
    ...(Number.isFinite(least) && { level: least }),
    ...(query.since !== undefined && { since: query.since }),
    ...(query.until !== undefined && { until: query.until }),
  };
}

/** Of two lists of which each may mean everything. */
function common(left?: readonly string[], right?: readonly string[]): readonly string[] | undefined {
  if (!left || left.length === 0) return right && [...new Set(right)];
  return right ? left.filter((verb) => right.includes(verb)) : left;
}
