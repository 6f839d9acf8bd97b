/** Bulk changes of items. Each item changes only if it matches a filter. */
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { foreignDuplicates } from '../duplicate-keys.ts';
import { feedFields, type Items, inFeed, toDoc, toDocs } from './document.ts';

type Writes = Pick<
  FeedStore,
  'insert' | 'restore' | 'bump' | 'touch' | 'remove' | 'purge' | 'advancePosition'
>;

export const itemWrites = (items: Items): Writes => ({
  async insert(batch) {
    try {
      await items.insertMany(toDocs(batch), { lean: true, ordered: false });
      return [];
    } catch (error) {
      // Each write has a position of its own.
      const positions = new Map<string, number>(batch.map(({ id, position }) => [id, position]));
      const ids = batch.map(({ id }) => id);
      return await foreignDuplicates(error, ids, async (duplicates) => {
        const docs = await items.find({ _id: { $in: duplicates } }, { pos: 1 }).lean();
        return docs.filter(({ _id, pos }) => pos === positions.get(_id));
      });
    }
  },

  async restore(batch) {
    if (batch.length === 0) return [];
    const { matchedCount } = await items.bulkWrite(
      batch.map((item) => {
        const { _id, ...set } = toDoc(item);
        return {
          updateOne: {
            filter: { _id, removedFrom: { $exists: true }, pos: { $lt: item.position } },
            update: { $set: set, $unset: { removedFrom: 1, removedAt: 1 } },
          },
        };
      }),
      { ordered: false },
    );
    if (matchedCount === batch.length) return [];
    const positions = new Map<string, number>(batch.map(({ id, position }) => [id, position]));
    const docs = await items.find({ _id: { $in: [...positions.keys()] }, ...inFeed }, { pos: 1 }).lean();
    for (const doc of docs) if (doc.pos === positions.get(doc._id)) positions.delete(doc._id);
    return [...positions.keys()];
  },

  async bump({ ids, version, position, redeliverAs }) {
    const filter = { _id: { $in: [...ids] }, ...inFeed, rev: { $lt: version }, pos: { $lt: position } };
    const delivery = redeliverAs && { ...redeliverAs, at: new Date(redeliverAs.at), entered: position };
    const set = { rev: version, pos: position, ...delivery };
    return (await items.updateMany(filter, { $set: set })).modifiedCount;
  },

  async touch(ids, position) {
    const filter = { _id: { $in: [...ids] }, ...inFeed, pos: { $lt: position } };
    return (await items.updateMany(filter, { $set: { pos: position } })).modifiedCount;
  },

  async remove(ids, position, deliveredBefore) {
    const { modifiedCount } = await items.updateMany(
      {
        _id: { $in: [...ids] },
        ...inFeed,
        pos: { $lt: position },
        ...(deliveredBefore !== undefined && { entered: { $lt: deliveredBefore } }),
      },
      [{ $set: { removedFrom: '$user', removedAt: new Date(), pos: position } }, { $unset: [...feedFields] }],
      { updatePipeline: true },
    );
    return modifiedCount;
  },

  /** Deletes items in the feed first, then items removed from it. */
  async purge(user, limit) {
    let purged = 0;
    for (const filter of [{ user }, { removedFrom: user }]) {
      if (purged >= limit) break;
      const query = items
        .find(filter, { _id: 1 })
        .limit(limit - purged)
        .batchSize(limit);
      const ids = (await query.lean()).map((doc) => doc._id);
      if (ids.length > 0) purged += (await items.deleteMany({ _id: { $in: ids } })).deletedCount;
    }
    return purged;
  },

  async advancePosition(ids, from, to) {
    await items.updateMany({ _id: { $in: [...ids] }, pos: from }, { $set: { pos: to } });
  },
});
