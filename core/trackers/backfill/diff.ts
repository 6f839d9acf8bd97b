/** Computes the differences between a user's feed and the stored trackers, for some actions. */
import type { Coverage } from '../../feed/write/coverage.ts';
import { type Eligibility, findEligibility } from '../../feed/write/eligibility.ts';
import { groupOf, type ItemDraft } from '../../feed/write/item-draft.ts';
import type { ChangeSet, Removal } from '../../feed/write/writer.ts';
import type { ActionOutline, RemovedItem, StoredItem } from '../../model/entities.ts';
import { itemId } from '../../model/keys.ts';
import { FIRST_POSITION, type Position } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { Stores } from '../../ports/stores.ts';

export interface FeedDiff {
  /** In the order of the actions. */
  changes: readonly FeedChange[];
  actions: ReadonlyMap<string, ActionOutline>;
  /** Actions that belong in the feed, but whose visibility is undetermined. Their items do not change. */
  undetermined: readonly string[];
  /** Some of the items to upsert are in the feed, or were removed from it. */
  checkExisting: boolean;
  /** None of the items that were looked for is in the feed, or was removed from it. */
  foundNone: boolean;
}

type FeedChange = ({ upsert: ItemDraft } | { removal: Removal }) & {
  /** The change was made before, but perhaps not published. */
  alreadyApplied: boolean;
};

interface DiffOptions {
  space: string;
  user: string;
  /** Taken before the trackers and actions were read. The writer of an item that was delivered later revalidates it. */
  readPosition: Position;
  /** Correct items that changed after it count as changes, because they may not have been published. */
  jobStartPosition: Position;
  /** The user's trackers, if they were read before. */
  coverage?: Coverage;
  /**
   * Items that belong in the feed are probably new: they are upserts, whether or not they exist. So the insert finds those that
   * exist, and nothing else looks for them.
   */
  assumeNew?: boolean;
}

export async function diffFeed(
  deps: FeedDeps,
  stores: Stores,
  { space, user, readPosition, jobStartPosition, coverage, assumeNew = false }: DiffOptions,
  actions: readonly ActionOutline[],
): Promise<FeedDiff> {
  const pairs = actions.map((action) => ({ action, user }));
  const finding = findEligibility(deps, { space, stores }, pairs, coverage);
  const ids = actions.map((action) => itemId(action.id, user));
  const lookUp = assumeNew ? finding.then((eligibility) => ids.filter(mayRemove(eligibility))) : ids;
  const [eligibility, stored] = await Promise.all([
    finding,
    Promise.resolve(lookUp).then((ids) => (ids.length > 0 ? stores.feeds.storedByIds(ids) : [])),
  ]);
  const inFeed = new Map<string, StoredItem>();
  const removed = new Map<string, RemovedItem>();
  for (const item of stored) {
    if ('unread' in item) inFeed.set(item.id, item);
    else removed.set(item.id, item);
  }
  const undetermined: string[] = [];
  const isUnpublished = (item: { position: Position } | undefined) =>
    item !== undefined && item.position >= jobStartPosition;
  const changes = actions.flatMap((action): FeedChange[] => {
    const id = itemId(action.id, user);
    const eligible = eligibility.get(id);
    const item = inFeed.get(id);
    if (eligible === 'undetermined') {
      undetermined.push(action.id);
      return [];
    }
    const removal = { id, user, action: action.id };
    if (!eligible) {
      if (!item && !isUnpublished(removed.get(id))) return [];
      return [{ removal: { ...removal, deliveredBefore: readPosition }, alreadyApplied: item === undefined }];
    }
    const { draft, lapsedAt } = eligible;
    // The removal is revalidated, which delivers the item again in the correct state (decision 15).
    if (item && item.deliveredPosition < lapsedAt)
      return [{ removal: { ...removal, deliveredBefore: lapsedAt }, alreadyApplied: false }];
    // A slow worker may deliver what it read before a merge, after the fan-out of the merge looked for followers.
    const isOutdated = item !== undefined && item.version < draft.version;
    if (item && !isOutdated && !isUnpublished(item)) return [];
    return [{ upsert: draft, alreadyApplied: item !== undefined && !isOutdated }];
  });
  return {
    changes,
    undetermined,
    actions: new Map(actions.map((action) => [action.id, action])),
    checkExisting: changes.some(
      (change) => 'upsert' in change && (inFeed.has(change.upsert.id) || removed.has(change.upsert.id)),
    ),
    foundNone: stored.length === 0,
  };
}

/** Selects the items that are removed if they exist. An upsert does not do that. */
const mayRemove =
  (eligibility: ReadonlyMap<string, Eligibility>) =>
  (id: string): boolean => {
    const eligible = eligibility.get(id);
    return eligible !== 'undetermined' && (!eligible || eligible.lapsedAt > FIRST_POSITION);
  };

/** Converts some of the changes to a change set. */
export const toChangeSet = ({ actions }: FeedDiff, changes: readonly FeedChange[]): ChangeSet => ({
  upserts: changes.flatMap((change) => ('upsert' in change ? [groupOf(change.upsert)] : [])),
  removals: changes.flatMap((change) => ('removal' in change ? [change.removal] : [])),
  actions,
});
