/** Writes one chunk of a fan-out: drafts the items and removes those that became hidden. */
import { splitByVisibility } from '../feed/write/eligibility.ts';
import { draftItem, type ItemDraft } from '../feed/write/item-draft.ts';
import type { FeedWriter, Removal } from '../feed/write/writer.ts';
import type { StoredAction, TrackerMatch } from '../model/entities.ts';
import { trackerId } from '../model/keys.ts';
import { findMatchingTrackers, isOwn, rolesByKey, sortTimeOf } from '../model/matching.ts';
import type { Position } from '../model/units.ts';
import type { FeedDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

/** An item to write: an action and a user who receives it through these trackers, or because of `notify`. */
export interface PendingItem {
  id: string;
  action: StoredAction;
  user: string;
  trackers: TrackerMatch[];
}

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
  chunk: readonly PendingItem[],
  { readPosition, isRetry, jobStartPosition }: ChunkOptions,
): Promise<readonly string[]> {
  const { visible, hidden, undetermined } = await splitByVisibility(deps, chunk);
  const drafts = await draftsOf(deps.settings, stores, visible);
  const merged = new Set(chunk.flatMap(({ action }) => (action.count > 1 ? action.id : [])));
  await writer.write(
    {
      upserts: drafts,
      actions: new Map(chunk.map(({ action }) => [action.id, action])),
      // After a merge, an action may be hidden from users who had it in their feeds before.
      removals: hidden.filter(({ action }) => isRetry || merged.has(action.id)).map(removalOf),
    },
    { readPosition, jobStartPosition, checkExisting: isRetry, ...(!isRetry && { bumpFirst: merged }) },
  );
  return undetermined.map(({ action }) => action.id);
}

async function draftsOf(
  settings: Settings,
  stores: Stores,
  items: readonly PendingItem[],
): Promise<ItemDraft[]> {
  const incomplete = items.filter((item) => needsAllTrackers(item, settings));
  if (incomplete.length === 0) return items.flatMap((item) => draftItem(item, settings) ?? []);
  const allTrackers = await trackersOf(stores, incomplete);
  const incompleteSet = new Set(incomplete);
  return items.flatMap((item) => {
    if (!incompleteSet.has(item)) return draftItem(item, settings) ?? [];
    const trackers = findMatchingTrackers(allTrackers.get(item.user) ?? [], item.action);
    return draftItem({ ...item, trackers }, settings) ?? [];
  });
}

/**
 * An item is unread if any matching tracker of its user says so, but a chunk may lack some of them. Returns
 * true if those in the chunk all say "read", so that the others must be loaded.
 */
function needsAllTrackers({ action, user, trackers }: PendingItem, settings: Settings): boolean {
  if (isOwn(action, user, settings) && settings.ownActions !== 'unread') return false;
  if (action.notify.includes(user)) return false;
  return !trackers.some((tracker) => sortTimeOf(action, settings) >= tracker.since);
}

async function trackersOf(
  stores: Stores,
  items: readonly PendingItem[],
): Promise<Map<string, TrackerMatch[]>> {
  const ids = new Set<string>();
  const byUser = new Map<string, TrackerMatch[]>();
  for (const { action, user } of items) {
    byUser.set(user, []);
    for (const key of rolesByKey(action).keys()) ids.add(trackerId(user, key));
  }
  for (const tracker of await stores.trackers.byIds([...ids])) byUser.get(tracker.user)?.push(tracker);
  return byUser;
}

const removalOf = ({ id, action, user }: PendingItem): Removal => ({ id, user, action: action.id });
