import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../../core/model/entities.ts';
import type { ChangeCursor } from '../../../core/model/positions.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { MIN_DATE, pageFilter, type ReadOptions, read } from '../read-options.ts';
import { type ItemDoc, type Items, idFilter, toItem, toRemovedItem } from './document.ts';

type Reads = Pick<FeedStore, 'byIds' | 'removedByIds' | 'storedByIds' | 'scan' | 'changes' | 'countChanges'>;

export function itemReads(items: Items, readOptions: ReadOptions): Reads {
  const findByIds = (ids: readonly string[]): Promise<ItemDoc[]> => {
    const query = items.find(idFilter(ids)).batchSize(Math.max(1, ids.length));
    return read(query.lean(), readOptions);
  };

  return {
    async byIds(ids) {
      return (await findByIds(ids)).flatMap((doc) => toItem(doc) ?? []);
    },

    async removedByIds(ids) {
      return (await findByIds(ids)).flatMap((doc) => toRemovedItem(doc) ?? []);
    },

    async storedByIds(ids) {
      return (await findByIds(ids)).flatMap((doc) => toItem(doc) ?? toRemovedItem(doc) ?? []);
    },

    async scan({ user, unread, limit, since = MIN_DATE, ...page }) {
      // Removed items have no date, so a lower bound leaves them out.
      const range = pageFilter('at', { ...page, since });
      const filter = { user, ...(unread !== undefined && { unread }), ...range };
      const query = items.find(filter).sort({ at: -1, _id: -1 }).limit(limit).batchSize(limit);
      return (await read(query.lean(), readOptions)).flatMap((doc) => toItem(doc) ?? []);
    },

    async changes(user, from, limit) {
      const query = items.find({ user, ...changedSince(from) }).sort({ pos: 1, _id: 1 });
      const docs = await read(query.limit(limit).batchSize(limit).lean(), readOptions);
      const found = new Map<string, StoredItem | RemovedItem>();
      for (const doc of docs) {
        const item = toItem(doc) ?? toRemovedItem(doc);
        // An item that changes during the read may be found again at its new position. That state wins.
        found.delete(doc._id);
        if (item) found.set(doc._id, item);
      }
      return [...found.values()];
    },

    countChanges: (user, from, limit) =>
      read(items.countDocuments({ user, ...changedSince(from) }, { limit }), readOptions),
  };
}

const changedSince = ({ position, after }: ChangeCursor): QueryFilter<ItemDoc> =>
  after === null
    ? { pos: { $gt: position } }
    : { pos: { $gte: position }, $or: [{ pos: { $gt: position } }, { pos: position, _id: { $gt: after } }] };
