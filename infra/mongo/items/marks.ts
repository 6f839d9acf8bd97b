import type { QueryFilter } from 'mongoose';
import { asPosition } from '../../../core/model/units.ts';
import type { FeedStore, MarkSelection } from '../../../core/ports/feeds.ts';
import type { ItemDoc, Items } from './document.ts';
import { changesOf, type StateChange, updateOf } from './state-changes.ts';

export const itemMarks = (items: Items): Pick<FeedStore, 'markable' | 'markBoundary' | 'mark'> => ({
  async markable(scan) {
    const found: string[] = [];
    for (const change of changesOf(scan)) {
      const limit = scan.limit - found.length;
      if (limit === 0) break;
      const query = items.find(filterOf(scan, change), { _id: 1 });
      // Read items have no index of their own. In order of position, items that were just marked are above the bound.
      if (scan.mark === 'unread') query.sort({ pos: 1 });
      const docs = await query.limit(limit).batchSize(limit).lean();
      for (const doc of docs) found.push(doc._id);
    }
    return found;
  },

  async markBoundary(selection, size) {
    // Without ids, a mark is one change.
    const [change] = changesOf(selection);
    if (!change) return null;
    const filter = filterOf(selection, change);
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
    let changed = 0;
    for (const change of changesOf(selection)) {
      if (changed === selection.ids?.length) break;
      const update = updateOf(change, position);
      const marking = items.updateMany(filterOf(selection, change), update, { updatePipeline: true });
      changed += (await marking).modifiedCount;
    }
    return changed;
  },
});

function filterOf(selection: MarkSelection, { from, atField }: StateChange): QueryFilter<ItemDoc> {
  const { user, among, ids = among, until, maxPosition, maxDeliveredPosition } = selection;
  return {
    user,
    ...from,
    pos: { $lte: maxPosition },
    // An item's delivered position is never above its position.
    ...(maxDeliveredPosition < maxPosition && { entered: { $lte: maxDeliveredPosition } }),
    ...(ids && { _id: { $in: [...ids] } }),
    ...(until !== undefined && { [atField]: { $lte: new Date(until) } }),
  };
}
