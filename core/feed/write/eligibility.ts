/** Determines which actions belong in which feeds, from the data stored now (rules 1 to 3). */
import { groupBy } from '../../model/group-by.ts';
import { itemId } from '../../model/keys.ts';
import { isOwn, isWhole } from '../../model/matching.ts';
import { FIRST_POSITION, type Position } from '../../model/units.ts';
import type { CoreDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { type ActionUserPair, type Coverage, loadCoverage } from './coverage.ts';
import { draftItem, type ItemDraft } from './item-draft.ts';

export type EligibilityDeps = Pick<CoreDeps, 'clock' | 'settings' | 'handlers'>;

export interface EligibleItem {
  draft: ItemDraft;
  /** An existing item that was delivered before this position must be removed and delivered again. */
  lapsedAt: Position;
}

/**
 * `null`: the item does not belong in the feed. `undetermined`: `visible` failed or timed out for it. Such an
 * item is not added, and not removed.
 */
export type Eligibility = EligibleItem | null | 'undetermined';

/** Calls of `visible` at a time, one per action. */
const MAX_CONCURRENT_VISIBLE_CALLS = 16;

/**
 * Returns the eligibility of each pair, by item id. With `visible` the actions must be whole. `known`: of their users, at least
 * for these actions.
 */
export async function findEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  pairs: readonly ActionUserPair[],
  known?: Coverage,
): Promise<Map<string, Eligibility>> {
  const { settings } = deps;
  const results = new Map<string, Eligibility>();
  const undecidedPairs: ActionUserPair[] = [];
  for (const pair of pairs) {
    results.set(itemId(pair.action.id, pair.user), null);
    if (pair.action.level < settings.readableLevel) continue;
    if (settings.ownActions === 'hide' && isOwn(pair.action, pair.user, settings)) continue;
    undecidedPairs.push(pair);
  }
  if (undecidedPairs.length === 0) return results;
  const coverage = known ?? (await loadCoverage(deps, context, undecidedPairs));
  const covered = undecidedPairs.flatMap((pair) => {
    const { action, user } = pair;
    if (coverage.isDeleted(user)) return [];
    const found = coverage.of(pair);
    return found.trackers.length > 0 || action.notify.includes(user) ? [{ ...pair, coverage: found }] : [];
  });
  const { visible, undetermined } = await splitByVisibility(deps, covered);
  for (const { action, user, coverage } of visible) {
    const id = itemId(action.id, user);
    const draft = draftItem({ id, action, user, trackers: coverage.trackers }, settings);
    const lapsedAt = action.notify.includes(user) ? FIRST_POSITION : coverage.lapsedAt;
    results.set(id, draft && { draft, lapsedAt });
  }
  for (const { action, user } of undetermined) results.set(itemId(action.id, user), 'undetermined');
  return results;
}

export interface VisibilitySplit<T> {
  visible: readonly T[];
  hidden: readonly T[];
  undetermined: readonly T[];
}

/** Splits pairs by whether the user may see the action. Calls `visible` once per action. */
export async function splitByVisibility<T extends ActionUserPair>(
  { settings, handlers }: EligibilityDeps,
  pairs: readonly T[],
): Promise<VisibilitySplit<T>> {
  if (!settings.visible || pairs.length === 0) return { visible: pairs, hidden: [], undetermined: [] };
  const groups = [...groupBy(pairs, (pair) => pair.action.id).values()];
  const split = { visible: [] as T[], hidden: [] as T[], undetermined: [] as T[] };
  for (let start = 0; start < groups.length; start += MAX_CONCURRENT_VISIBLE_CALLS) {
    const batch = groups.slice(start, start + MAX_CONCURRENT_VISIBLE_CALLS);
    const requests = batch.map((group) => {
      const [{ action }] = group;
      if (!isWhole(action)) throw new Error(`visible needs the whole action ${action.id}`);
      return handlers.visibleTo(
        action,
        group.map((pair) => pair.user),
      );
    });
    for (const [index, visibleUsers] of (await Promise.all(requests)).entries()) {
      for (const pair of batch[index] ?? []) {
        if (!visibleUsers) split.undetermined.push(pair);
        else (visibleUsers.has(pair.user) ? split.visible : split.hidden).push(pair);
      }
    }
  }
  return split;
}
