import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../../core/model/entities.ts';
import type { ChangeCursor } from '../../../core/model/positions.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { pageFilter, type ReadOptions, read } from '../read-options.ts';
import { type ItemDoc, type Items, toItem, toRemovedItem } from './document.ts';

type Reads = Pick<FeedStore, 'byIds' | 'removedByIds' | 'scan' | 'changes' | 'countChanges'>;

export function itemReads(items: Items, readOptions: ReadOptions): Reads {
  const findByIds = (ids: readonly string[]): Promise<ItemDoc[]> => {
    const query = items.find({ _id: { $in: [...ids] } }).batchSize(Math.max(1, ids.length));
    return read(query.lean(), readOptions);
  };

  return {
    async byIds(ids) {
      return (await findByIds(ids)).flatMap((doc) => toItem(doc) ?? []);
    },

    async removedByIds(ids) {
      return (await findByIds(ids)).flatMap((doc) => toRemovedItem(doc) ?? []);
    },

    async scan({ user, unread, limit, ...page }) {
      const filter = { user, ...(unread !== undefined && { unread }), ...pageFilter('at', page) };
      const query = items.find(filter).sort({ at: -1, _id: -1 }).limit(limit).batchSize(limit);
      return (await read(query.lean(), readOptions)).flatMap((doc) => toItem(doc) ?? []);
    },

    /** An item may be removed or restored between the two reads. Then the later state wins. */
    async changes(user, from, limit) {
      const find = (filter: QueryFilter<ItemDoc>) =>
        read(items.find(filter).sort({ pos: 1, _id: 1 }).limit(limit).batchSize(limit).lean(), readOptions);
      const [inFeed, removed] = await Promise.all([
        find({ user, ...changedSince(from) }),
        find({ removedFrom: user, ...changedSince(from) }),
      ]);
      const found = new Map<string, StoredItem | RemovedItem>();
      for (const doc of [...inFeed, ...removed]) {
        const item = toItem(doc) ?? toRemovedItem(doc);
        if (item && item.position > (found.get(item.id)?.position ?? 0)) found.set(item.id, item);
      }
      return [...found.values()]
        .sort((left, right) => left.position - right.position || compareBytes(left.id, right.id))
        .slice(0, limit);
    },

    async countChanges(user, from, limit) {
      const count = (filter: QueryFilter<ItemDoc>) =>
        read(items.countDocuments({ ...filter, ...changedSince(from) }, { limit }), readOptions);
      const [inFeed, removed] = await Promise.all([count({ user }), count({ removedFrom: user })]);
      return Math.min(inFeed + removed, limit);
    },
  };
}

const changedSince = ({ position, after }: ChangeCursor): QueryFilter<ItemDoc> =>
  after === null
    ? { pos: { $gt: position } }
    : { pos: { $gte: position }, $or: [{ pos: { $gt: position } }, { pos: position, _id: { $gt: after } }] };

/** Compares as the database does: by UTF-8 bytes, which differs from JavaScript's order beyond the Basic Multilingual Plane. */
const compareBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
