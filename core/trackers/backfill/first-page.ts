/** The synchronous part of a backfill: the first page of the feed is up to date when the call returns. */
import { FeedWriter } from '../../feed/write/writer.ts';
import type { StoredAction } from '../../model/entities.ts';
import { sortTimeOf } from '../../model/matching.ts';
import { LAST_POSITION } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import { backfillBounds } from './bounds.ts';
import { diffFeed, toChangeSet } from './diff.ts';
import { snapshotEndedVersions } from './ended-versions.ts';

/**
 * Brings the feed in line with the user's trackers for the newest actions of these objects or classes.
 * Returns true if these were all actions and none is undetermined: then the backfill is complete.
 */
export async function backfillFirstPage(
  deps: FeedDeps,
  space: string,
  user: string,
  keys: readonly string[],
): Promise<boolean> {
  const { settings } = deps;
  const stores = await deps.spaces.writer(space);
  const markRevalidated = await snapshotEndedVersions(deps, { space, stores }, { user, keys });
  const readPosition = await deps.clock.now(space);
  const limit = backfillBounds.firstPage + 1;
  const queries = keys.flatMap((key) => [
    stores.actions.find({ key, limit }),
    // A merged action is sorted later in the feed than by its timestamp.
    ...(settings.regroup === 'bump'
      ? [stores.actions.find({ key, sortBy: 'updatedAt' as const, isMerged: true as const, limit })]
      : []),
  ]);
  const found = new Map((await Promise.all(queries)).flat().map((action) => [action.id, action]));
  const newestFirst = (left: StoredAction, right: StoredAction) =>
    sortTimeOf(right, settings) - sortTimeOf(left, settings) || (left.id < right.id ? 1 : -1);
  const newest = [...found.values()].sort(newestFirst).slice(0, backfillBounds.firstPage);
  const positions = { readPosition, jobStartPosition: LAST_POSITION };
  const diff = await diffFeed(deps, stores, { space, user, ...positions }, newest);
  const { checkExisting } = diff;
  const writer = new FeedWriter(deps, stores, space);
  await writer.write(toChangeSet(diff, diff.changes), { readPosition, checkExisting });
  const isComplete =
    found.size <= backfillBounds.firstPage && diff.undetermined.length + writer.undetermined.size === 0;
  if (isComplete) await markRevalidated();
  return isComplete;
}
