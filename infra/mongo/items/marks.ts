import type { QueryFilter } from 'mongoose';
import type { FeedStore, Mark, MarkScan } from '../../../core/ports/feeds.ts';
import type { ItemDoc, Items } from './document.ts';

/** The state that an item must have for a mark to change it, and the change. */
const markChanges: Record<Mark, { from: QueryFilter<ItemDoc>; set: Partial<ItemDoc> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  // Read implies seen, so only unread items can be unseen.
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

export const itemMarks = (items: Items): Pick<FeedStore, 'markable' | 'mark'> => ({
  async markable(scan) {
    const query = items.find(filterOf(scan), { _id: 1 });
    // Read items have no index of their own. In order of position, items that were just marked are above the bound.
    if (scan.mark === 'unread') query.sort({ pos: 1 });
    const docs = await query.limit(scan.limit).batchSize(scan.limit).lean();
    return docs.map((doc) => doc._id);
  },

  async mark(scan, position) {
    const set = { ...markChanges[scan.mark].set, pos: position };
    return (await items.updateMany(filterOf(scan), { $set: set })).modifiedCount;
  },
});

function filterOf(scan: MarkScan): QueryFilter<ItemDoc> {
  const { user, ids, until, maxPosition, maxDeliveredPosition, mark } = scan;
  return {
    user,
    ...markChanges[mark].from,
    pos: { $lte: maxPosition },
    // An item's delivered position is never above its position.
    ...(maxDeliveredPosition < maxPosition && { entered: { $lte: maxDeliveredPosition } }),
    ...(ids && { _id: { $in: [...ids] } }),
    ...(until !== undefined && { at: { $lte: new Date(until) } }),
  };
}
