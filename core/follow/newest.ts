/** The part of following that a caller waits for: the newest page of the feed is right when it is answered. */

import type { FeedDeps } from '../feed/deps.ts';
import { FeedWriter } from '../feed/writer.ts';
import { placeOf } from '../matching.ts';
import type { StoredAction } from '../model.ts';
import { followBounds } from './bounds.ts';
import { differenceOf, editOf } from './difference.ts';
import { endedBefore } from './ended.ts';

/**
 * Brings the newest actions about these objects or classes in line with what the user tracks. Answers whether these
 * were all, and nothing is left to be found out of them.
 */
export async function followNewest(
  deps: FeedDeps,
  space: string,
  user: string,
  keys: readonly string[],
): Promise<boolean> {
  if (keys.length > followBounds.objects) return false;
  const { settings } = deps;
  const stores = await deps.spaces.writer(space);
  const looked = await endedBefore(deps, { space, stores }, { user, keys });
  const since = await deps.clock.now(space);
  const limit = followBounds.newest + 1;
  const finds = keys.flatMap((key) => [
    stores.actions.find({ key, limit }),
    // What was merged into may have a later place than its timestamp.
    ...(settings.regroup === 'bump'
      ? [stores.actions.find({ key, by: 'updatedAt' as const, isMerged: true as const, limit })]
      : []),
  ]);
  const all = new Map((await Promise.all(finds)).flat().map((action) => [action.id, action]));
  const order = (left: StoredAction, right: StoredAction) =>
    placeOf(right, settings) - placeOf(left, settings) || (left.id < right.id ? 1 : -1);
  const newest = [...all.values()].sort(order).slice(0, followBounds.newest);
  const difference = await differenceOf(deps, stores, { space, user, since, begun: Infinity }, newest);
  const { mayExist } = difference;
  const writer = new FeedWriter(deps, stores, space);
  await writer.write(editOf(difference, difference.changes), { since, mayExist });
  const isAll = all.size <= followBounds.newest && difference.unknown.length + writer.unknown.size === 0;
  if (isAll) await looked();
  return isAll;
}
