/** Bulk changes of items. Each item changes only if it matches a filter. */
import { itemsOf } from '../../../core/model/item-groups.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { foreignDuplicates } from '../duplicate-keys.ts';
import { insertSerialized } from '../insert-serialized.ts';
import { feedFields, type Items, idFilter, inFeed, nativeOf, toDoc } from './document.ts';
import { serializeItems } from './serialize.ts';

type Writes = Pick<
  FeedStore,
  'insert' | 'restore' | 'bump' | 'touch' | 'remove' | 'purge' | 'advancePosition' | 'advancePositionOf'
>;

export const itemWrites = (items: Items): Writes => ({
  async insert(groups) {
    const count = groups.reduce((sum, { users }) => sum + users.length, 0);
    const rejected = await insertSerialized(items, serializeItems(groups), count);
    if (rejected.length === 0) return [];
    const batch = itemsOf(groups);
    // Each write has a position of its own.
    const positions = new Map<string, number>(batch.map(({ id, position }) => [id, position]));
    const ids = batch.map(({ id }) => id);
    return await foreignDuplicates(rejected, ids, async (duplicates) => {
      const docs = await items.find(idFilter(duplicates), { pos: 1 }).lean();
      return docs.filter(({ _id, pos }) => pos === positions.get(_id));
    });
  },

  async restore(batch) {
    if (batch.length === 0) return [];
    const { matchedCount } = await items.bulkWrite(
      batch.map((item) => {
        const { _id, user, ...set } = toDoc(item);
        return {
          updateOne: {
            filter: { _id, user, removedAt: { $exists: true }, pos: { $lt: item.position } },
            update: { $set: set, $unset: { removedAt: 1 } },
          },
        };
      }),
      { ordered: false },
    );
    if (matchedCount === batch.length) return [];
    const positions = new Map<string, number>(batch.map(({ id, position }) => [id, position]));
    const docs = await items.find({ ...idFilter([...positions.keys()]), ...inFeed }, { pos: 1 }).lean();
    for (const doc of docs) if (doc.pos === positions.get(doc._id)) positions.delete(doc._id);
    return [...positions.keys()];
  },

  async bump(bumps) {
    if (bumps.length === 0) return 0;
    const operations = bumps.map(({ ids, version, position, redeliverAs }) => {
      const filter = { ...idFilter(ids), ...inFeed, rev: { $lt: version }, pos: { $lt: position } };
      const delivery = redeliverAs && { ...redeliverAs, at: new Date(redeliverAs.at), entered: position };
      const update = {
        $set: { rev: version, pos: position, ...delivery },
        ...(delivery && { $unset: { state: 1, aside: 1 } as const }),
      };
      return { updateMany: { filter, update } };
    });
    return (await nativeOf(items).bulkWrite(operations, { ordered: false })).modifiedCount;
  },

  async touch(ids, position) {
    const filter = { ...idFilter(ids), ...inFeed, pos: { $lt: position } };
    return (await items.updateMany(filter, { $set: { pos: position } })).modifiedCount;
  },

  async remove(ids, position, deliveredBefore) {
    const { modifiedCount } = await items.updateMany(
      {
        ...idFilter(ids),
        ...inFeed,
        pos: { $lt: position },
        ...(deliveredBefore !== undefined && { entered: { $lt: deliveredBefore } }),
      },
      [{ $set: { removedAt: new Date(), pos: position } }, { $unset: [...feedFields] }],
      { updatePipeline: true },
    );
    return modifiedCount;
  },

  async purge(user, limit) {
    const docs = await items.find({ user }, { _id: 1 }).limit(limit).batchSize(limit).lean();
    if (docs.length === 0) return 0;
    return (await items.deleteMany({ user, _id: { $in: docs.map((doc) => doc._id) } })).deletedCount;
  },

  async advancePosition(ids, from, to) {
    await items.updateMany({ ...idFilter(ids), pos: from }, { $set: { pos: to } });
  },

  async advancePositionOf(user, from, to) {
    await items.updateMany({ user, pos: from }, { $set: { pos: to } });
  },
});
