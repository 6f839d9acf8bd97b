/** Writes one chunk of a fan-out: drafts the items and removes those that became hidden. */
import type { ActionUserPair } from '../feed/write/coverage.ts';
import { splitByVisibility } from '../feed/write/eligibility.ts';
import type { DraftGroup } from '../feed/write/item-draft.ts';
import type { FeedWriter, Removal } from '../feed/write/writer.ts';
import type { StoredAction, TrackerMatch } from '../model/entities.ts';
import { itemId, trackerId } from '../model/keys.ts';
import {
  findMatchingTrackers,
  type ItemState,
  initialStateOf,
  rolesByKey,
  sortTimeOf,
} from '../model/matching.ts';
import type { Position } from '../model/units.ts';
import type { FeedDeps } from '../ports/deps.ts';
import type { Stores } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';

/**
 * The items of one action to write. The value of each user says whether the action is new to one of the user's trackers
 * in this chunk, or the user is in `notify`.
 */
export interface PendingAction {
  action: StoredAction;
  users: Map<string, boolean>;
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
  chunk: readonly PendingAction[],
  { readPosition, isRetry, jobStartPosition }: ChunkOptions,
): Promise<readonly string[]> {
  const { hidden, undetermined } = await takeOutInvisible(deps, chunk);
  await completeChunk(deps.settings, stores, chunk);
  const merged = new Set(chunk.flatMap(({ action }) => (action.count > 1 ? action.id : [])));
  await writer.write(
    {
      upserts: draftChunk(deps.settings, chunk),
      actions: new Map(chunk.map(({ action }) => [action.id, action])),
      // After a merge, an action may be hidden from users who had it in their feeds before.
      removals: hidden.filter(({ action }) => isRetry || merged.has(action.id)).map(removalOf),
    },
    { readPosition, jobStartPosition, checkExisting: isRetry, ...(!isRetry && { bumpFirst: merged }) },
  );
  return undetermined.map(({ action }) => action.id);
}

/** Removes and returns the users who may not see an action, or for whom that is undetermined. */
async function takeOutInvisible(
  deps: FeedDeps,
  chunk: readonly PendingAction[],
): Promise<Record<'hidden' | 'undetermined', readonly ActionUserPair[]>> {
  if (!deps.settings.visible) return { hidden: [], undetermined: [] };
  const pairs = chunk.flatMap(({ action, users }) =>
    [...users.keys()].map((user) => ({ action, user, users })),
  );
  const { hidden, undetermined } = await splitByVisibility(deps, pairs);
  for (const { user, users } of [...hidden, ...undetermined]) users.delete(user);
  return { hidden, undetermined };
}

/** An item is unread if any matching tracker of its user says so, but a chunk may lack some of them. */
async function completeChunk(
  settings: Settings,
  stores: Stores,
  chunk: readonly PendingAction[],
): Promise<void> {
  const incomplete: Array<ActionUserPair & PendingAction> = [];
  for (const { action, users } of chunk) {
    for (const [user, isNew] of users) {
      if (!isNew && needsAllTrackers(action, user, settings)) incomplete.push({ action, user, users });
    }
  }
  if (incomplete.length === 0) return;
  const allTrackers = await trackersOf(stores, incomplete);
  for (const { action, user, users } of incomplete) {
    const trackers = findMatchingTrackers(allTrackers.get(user) ?? [], action);
    const sortTime = sortTimeOf(action, settings);
    users.set(
      user,
      trackers.some(({ since }) => sortTime >= since),
    );
  }
}

/** Returns true if trackers decide whether the user's item is unread. */
const needsAllTrackers = (action: StoredAction, user: string, settings: Settings): boolean =>
  initialStateOf(action, user, false, settings) !== initialStateOf(action, user, true, settings);

function draftChunk(settings: Settings, chunk: readonly PendingAction[]): DraftGroup[] {
  return chunk.flatMap(({ action, users }) => {
    const byState: Record<ItemState, string[]> = { unread: [], read: [], hidden: [] };
    for (const [user, isNew] of users) byState[initialStateOf(action, user, isNew, settings)].push(user);
    const draft = { action: action.id, at: sortTimeOf(action, settings), version: action.version };
    const groups: DraftGroup[] = [
      { ...draft, unread: true, seen: false, users: byState.unread },
      { ...draft, unread: false, seen: true, users: byState.read },
    ];
    return groups.filter((group) => group.users.length > 0);
  });
}

async function trackersOf(
  stores: Stores,
  items: readonly ActionUserPair[],
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

const removalOf = ({ action, user }: ActionUserPair): Removal => ({
  id: itemId(action.id, user),
  user,
  action: action.id,
});
