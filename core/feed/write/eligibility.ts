/**
 * Determines which actions belong in which feeds, from the data stored now (rules 1, 2 and 3 of the
 * contract).
 */

import type { EndedVersion, StoredAction, TrackerVersion } from '../../model/entities.ts';
import { itemId, keyOf, trackerId } from '../../model/keys.ts';
import { isOwn, rolesByKey } from '../../model/matching.ts';
import type { PositionClock } from '../../ports/bus.ts';
import type { Handlers } from '../../ports/handlers.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import type { Settings } from '../../settings.ts';
import { draftItem, type ItemDraft } from './item-draft.ts';
import { findCoverage, loadTrackerHistory, type TrackerCoverage } from './tracker-history.ts';

export interface EligibilityDeps {
  clock: PositionClock;
  settings: Settings;
  handlers: Handlers;
}

/** An action and a user whose feed may contain it. */
export interface ActionUserPair {
  action: StoredAction;
  user: string;
}

/** An item that belongs in a feed. */
export interface EligibleItem {
  draft: ItemDraft;
  /** An existing item that was delivered before this position must be removed and delivered again. */
  lapsedAt: number;
}

/**
 * `null`: the item does not belong in the feed. `undetermined`: it does, unless `visible` hides it, but
 * `visible` failed or timed out. Such an item is not added, and not removed.
 */
export type Eligibility = EligibleItem | null | 'undetermined';

/** Concurrent calls of `visible`, one per action. */
const VISIBLE_BATCH_SIZE = 16;

/** Returns the eligibility of these actions for the user's feed, by action id. */
export async function findUserEligibility(
  deps: EligibilityDeps,
  context: SpaceContext,
  user: string,
  actions: readonly StoredAction[],
): Promise<Map<string, Eligibility>> {
  const found = await findEligibility(
    deps,
    context,
    actions.map((action) => ({ action, user })),
  );
  return new Map(actions.map(({ id }) => [id, found.get(itemId(id, user)) ?? null]));
}

/** Returns the eligibility of pairs of any users, by item id. */
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
    const draft = draftItem(action, user, coverage.trackers, settings);
    const lapsedAt = action.notify.includes(user) ? 0 : coverage.lapsedAt;
    results.set(itemId(action.id, user), draft && { draft, lapsedAt });
  }
  for (const { action, user } of undetermined) results.set(itemId(action.id, user), 'undetermined');
  return results;
}

interface UserTrackerHistory {
  current: TrackerVersion[];
  ended: EndedVersion[];
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
  const { current, ended } = await loadTrackerHistory(deps, { trackers, space }, users, [...trackerIds]);
  const byUser = new Map(
    users.map((user): [string, UserTrackerHistory] => [user, { current: [], ended: [] }]),
  );
  for (const each of current) byUser.get(each.user)?.current.push(each);
  for (const each of ended) byUser.get(each.user)?.ended.push(each);
  return ({ action, user }) => findCoverage(action, byUser.get(user) ?? { current: [], ended: [] });
}

/** Pairs grouped by the result of the application's `visible`. */
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
  const byAction = new Map<string, T[]>();
  for (const pair of pairs) {
    const list = byAction.get(pair.action.id);
    if (list) list.push(pair);
    else byAction.set(pair.action.id, [pair]);
  }
  const groups = [...byAction.values()];
  const split = { visible: [] as T[], hidden: [] as T[], undetermined: [] as T[] };
  for (let start = 0; start < groups.length; start += VISIBLE_BATCH_SIZE) {
    const batch = groups.slice(start, start + VISIBLE_BATCH_SIZE);
    const requests = batch.map(async ([first, ...others]) => {
      if (!first) return null;
      const users = [first, ...others].map((pair) => pair.user);
      return handlers.visibleTo(first.action, users);
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
