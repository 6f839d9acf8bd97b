import type { QueryFilter } from 'mongoose';
import { asPosition } from '../../../core/model/units.ts';
import type { FeedStore, Mark, MarkSelection } from '../../../core/ports/feeds.ts';
import type { ItemDoc, Items } from './document.ts';

/** The state that an item must have for a mark to change it, and the change. */
const markChanges: Record<Mark, { from: QueryFilter<ItemDoc>; set: Partial<ItemDoc> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  // Read implies seen, so only unread items can be unseen.
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

export const itemMarks = (items: Items): Pick<FeedStore, 'markable' | 'markBoundary' | 'mark'> => ({
  async markable(scan) {
    const query = items.find(filterOf(scan), { _id: 1 });
    // Read items have no index of their own. In order of position, items that were just marked are above the bound.
    if (scan.mark === 'unread') query.sort({ pos: 1 });
    const docs = await query.limit(scan.limit).batchSize(scan.limit).lean();
    return docs.map((doc) => doc._id);
  },

  async markBoundary(selection, size) {
    const filter = filterOf(selection);
    const count = await items.countDocuments(filter, { limit: size + 1 });
    if (count <= size) return count === 0 ? null : selection.maxPosition;
    const query = items.find(filter, { _id: 0, pos: 1 }).sort({ pos: 1 });
    const [doc] = await query
      .skip(size - 1)
      .limit(1)
      .lean();
    return doc ? asPosition(doc.pos) : selection.maxPosition;
  },

  async mark(selection, position) {
    const set = { ...markChanges[selection.mark].set, pos: position };
    return (await items.updateMany(filterOf(selection), { $set: set })).modifiedCount;
  },
});

function filterOf(selection: MarkSelection): QueryFilter<ItemDoc> {
  const { user, ids, until, maxPosition, maxDeliveredPosition, mark } = selection;
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
