import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../../core/model/entities.ts';
import { compareNewestFirst, itemStates } from '../../../core/model/item-states.ts';
import type { ChangeCursor } from '../../../core/model/positions.ts';
import type { FeedStore, ItemScan } from '../../../core/ports/feeds.ts';
import type { ItemState } from '../../../protocol/entities.ts';
import { MIN_DATE, pageFilter, type ReadOptions, read } from '../read-options.ts';
import { type ItemDoc, type Items, idFilter, toItem, toRemovedItem } from './document.ts';

type Reads = Pick<FeedStore, 'byIds' | 'removedByIds' | 'storedByIds' | 'scan' | 'changes' | 'countChanges'>;

export function itemReads(items: Items, readOptions: ReadOptions): Reads {
  const findByIds = (ids: readonly string[]): Promise<ItemDoc[]> => {
    const query = items.find(idFilter(ids)).batchSize(Math.max(1, ids.length));
    return read(query.lean(), readOptions);
  };

  const scanState = async (
    { user, unread, limit, since, after, until }: ItemScan,
    state: ItemState,
  ): Promise<StoredItem[]> => {
    const prefix = state === 'inbox' ? '' : 'aside.';
    const filter: QueryFilter<ItemDoc> = {
      user,
      ...(state !== 'inbox' && { state }),
      ...(unread !== undefined && { [`${prefix}unread`]: unread }),
      // Other items do not have this date, so a lower bound leaves them out.
      ...pageFilter(`${prefix}at`, { after, until, since: since ?? MIN_DATE }),
    };
    const query = items.find(filter).sort({ [`${prefix}at`]: -1, _id: -1 });
    const docs = await read(query.limit(limit).batchSize(limit).lean(), readOptions);
    return docs.flatMap((doc) => toItem(doc) ?? []);
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

    async scan(scan) {
      const { state = 'inbox', limit } = scan;
      if (state !== 'all') return await scanState(scan, state);
      const pages = await Promise.all(itemStates.map((each) => scanState(scan, each)));
      // An item that changes its state meanwhile may be in two of them. Its later state wins.
      const found = new Map<string, StoredItem>();
      for (const item of pages.flat()) {
        if (item.position > (found.get(item.id)?.position ?? 0)) found.set(item.id, item);
      }
      return [...found.values()].sort(compareNewestFirst).slice(0, limit);
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
