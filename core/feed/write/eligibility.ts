/** Determines which actions belong in which feeds, from the data stored now (rules 1 to 3). */
import type { StoredAction } from '../../model/entities.ts';
import { groupBy } from '../../model/group-by.ts';
import { itemId, keyOf, trackerId } from '../../model/keys.ts';
import { isOwn, rolesByKey } from '../../model/matching.ts';
import { FIRST_POSITION, type Position } from '../../model/units.ts';
import type { CoreDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { draftItem, type ItemDraft } from './item-draft.ts';
import { findCoverage, loadTrackerHistory, type TrackerCoverage } from './tracker-history.ts';

export type EligibilityDeps = Pick<CoreDeps, 'clock' | 'settings' | 'handlers'>;

/** An action and a user whose feed may contain it. */
export interface ActionUserPair {
  action: StoredAction;
  user: string;
}

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

/** Returns the eligibility of each pair, by item id. */
export async function findEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  pairs: readonly ActionUserPair[],
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
  const users = [...new Set(undecidedPairs.map((pair) => pair.user))];
  const [coverageOf, deleted] = await Promise.all([
    loadCoverage(deps, context, undecidedPairs),
    context.stores.objects.deleted(users.map((id) => keyOf({ type: settings.userType, id }))),
  ]);
  const covered = undecidedPairs.flatMap((pair) => {
    const { action, user } = pair;
    if (deleted.has(keyOf({ type: settings.userType, id: user }))) return [];
    const coverage = coverageOf(pair);
    return coverage.trackers.length > 0 || action.notify.includes(user) ? [{ ...pair, coverage }] : [];
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

/** Loads all trackers that can match these pairs. Returns a function that evaluates a pair. */
async function loadCoverage(
  deps: EligibilityDeps,
  { space, stores: { trackers } }: SpaceContext,
  pairs: readonly ActionUserPair[],
): Promise<(pair: ActionUserPair) => TrackerCoverage> {
  const trackerIds = new Set<string>();
  for (const { action, user } of pairs) {
    for (const key of rolesByKey(action).keys()) trackerIds.add(trackerId(user, key));
  }
  const users = [...new Set(pairs.map(({ user }) => user))];
  const history = await loadTrackerHistory(deps, { trackers, space }, users, [...trackerIds]);
  const current = groupBy(history.current, (each) => each.user);
  const ended = groupBy(history.ended, (each) => each.user);
  return ({ action, user }) =>
    findCoverage(action, { current: current.get(user) ?? [], ended: ended.get(user) ?? [] });
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
      const users = group.map((pair) => pair.user);
      return handlers.visibleTo(group[0].action, users);
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
