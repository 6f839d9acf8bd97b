import type { RemovedItem } from '../../model/entities.ts';
import { groupBy } from '../../model/group-by.ts';
import type { Position } from '../../model/units.ts';
import type { FeedStore } from '../../ports/feeds.ts';
import type { ItemRef } from './item-draft.ts';

/** An item to remove from its feed, if it exists. */
export interface Removal extends ItemRef {
  /** A position. An item that was delivered or bumped at it or later stays. Default: no item stays. */
  deliveredBefore?: Position;
}

export interface RemovalResult {
  /** Items removed by this call, under the given position. */
  changed: RemovedItem[];
  /** Items that were removed before. */
  unchanged: RemovedItem[];
  /** A concurrent write changed these. Retry them under a later position. */
  conflicts: Removal[];
}

export async function removeItems(
  feeds: FeedStore,
  removals: readonly Removal[],
  position: Position,
): Promise<RemovalResult> {
  if (removals.length === 0) return { changed: [], unchanged: [], conflicts: [] };
  let removedCount = 0;
  for (const [deliveredBefore, group] of groupBy(removals, (removal) => removal.deliveredBefore)) {
    const ids = group.map((item) => item.id);
    removedCount += await feeds.remove(ids, position, deliveredBefore);
  }
  if (removedCount === removals.length) {
    const changed = removals.map(({ id, user, action }) => ({ id, user, action, position }));
    return { changed, unchanged: [], conflicts: [] };
  }
  const removedItems = await feeds.removedByIds(removals.map((item) => item.id));
  const removedIds = new Set(removedItems.map((item) => item.id));
  const notRemoved = removals.filter((item) => !removedIds.has(item.id));
  const found = notRemoved.length === 0 ? [] : await feeds.byIds(notRemoved.map((item) => item.id));
  const remaining = new Map(found.map((item) => [item.id, item]));
  return {
    changed: removedItems.filter((item) => item.position === position),
    unchanged: removedItems.filter((item) => item.position !== position),
    conflicts: notRemoved.filter(
      ({ id, deliveredBefore = Infinity }) =>
        (remaining.get(id)?.deliveredPosition ?? Infinity) < deliveredBefore,
    ),
  };
}
