/** Writes one chunk of a fan-out: drafts the items and removes those that became hidden. */
import { splitByVisibility } from '../feed/write/eligibility.ts';
import { draftItem, type ItemDraft } from '../feed/write/item-draft.ts';
import type { FeedWriter, Removal } from '../feed/write/writer.ts';
import type { StoredAction, TrackerMatch } from '../model/entities.ts';
import { itemId, trackerId } from '../model/keys.ts';
import { findMatchingTrackers, isOwn, rolesByKey, sortTimeOf } from '../model/matching.ts';
import type { Position } from '../model/units.ts';
import type { FeedDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

/** An action and a user who receives it through this tracker; `null` if the user is in `notify`. */
export interface Match {
  action: StoredAction;
  user: string;
  tracker: TrackerMatch | null;
}

/** The matches of one item. */
export type Matches = readonly [Match, ...Match[]];

export interface ChunkOptions {
  /** A position taken before trackers and actions were read. */
  readPosition: Position;
  /** An earlier attempt may have written these items. */
  isRetry: boolean;
  /** A position from before the job started. Existing items that changed since then are pushed again. */
  jobStartPosition: Position;
}

/** Writes a chunk into feeds. Returns the ids of actions with undetermined visibility. */
export async function writeChunk(
  deps: FeedDeps,
  stores: Stores,
  writer: FeedWriter,
  chunk: readonly Matches[],
  { readPosition, isRetry, jobStartPosition }: ChunkOptions,
): Promise<readonly string[]> {
  const itemMatches = chunk.map((matches) => ({ ...matches[0], matches }));
  const { visible, hidden, undetermined } = await splitByVisibility(deps, itemMatches);
  const drafts = await draftsOf(deps.settings, stores, visible);
  const isMerged = chunk.some(([{ action }]) => action.count > 1);
  await writer.write(
    {
      upserts: drafts,
      actions: new Map(chunk.map(([{ action }]) => [action.id, action])),
      // After a merge, an action may be hidden from users who had it in their feeds before.
      removals: isMerged || isRetry ? hidden.map(removalOf) : [],
    },
    { readPosition, jobStartPosition, checkExisting: isRetry || isMerged },
  );
  return undetermined.map(({ action }) => action.id);
}

type ItemMatches = Match & { matches: Matches };

async function draftsOf(
  settings: Settings,
  stores: Stores,
  items: readonly ItemMatches[],
): Promise<ItemDraft[]> {
  const incomplete = items.filter(({ matches }) => needsAllTrackers(matches, settings));
  const allTrackers = await trackersOf(stores, incomplete);
  const incompleteSet = new Set(incomplete);
  return items.flatMap((item) => {
    const { action, user, matches } = item;
    const matching = incompleteSet.has(item)
      ? findMatchingTrackers(allTrackers.get(user) ?? [], action)
      : matches.flatMap(({ tracker }) => tracker ?? []);
    return draftItem(action, user, matching, settings) ?? [];
  });
}

/**
 * An item is unread if any matching tracker of its user says so, but a chunk may lack some of them. Returns
 * true if those in the chunk all say "read", so that the others must be loaded.
 */
function needsAllTrackers(matches: Matches, settings: Settings): boolean {
  const [{ action, user }] = matches;
  if (isOwn(action, user, settings) && settings.ownActions !== 'unread') return false;
  if (action.notify.includes(user)) return false;
  return !matches.some(({ tracker }) => tracker && sortTimeOf(action, settings) >= tracker.since);
}

async function trackersOf(
  stores: Stores,
  items: readonly ItemMatches[],
): Promise<Map<string, TrackerMatch[]>> {
  const ids = new Set<string>();
  const byUser = new Map<string, TrackerMatch[]>();
  for (const { action, user } of items) {
    byUser.set(user, []);
    for (const key of rolesByKey(action).keys()) ids.add(trackerId(user, key));
  }
  if (ids.size === 0) return byUser;
  for (const tracker of await stores.trackers.byIds([...ids])) byUser.get(tracker.user)?.push(tracker);
  return byUser;
}

const removalOf = ({ action, user }: ItemMatches): Removal => ({
  id: itemId(action.id, user),
  user,
  action: action.id,
});
