/** Bulk changes of items. Each item changes only if it matches a filter. */
import type { StoredItem } from '../../core/model/entities.ts';
import type { Bump } from '../../core/ports/feeds.ts';
import { foreignDuplicates } from './duplicate-keys.ts';
import { feedFields, toDoc } from './item-docs.ts';
import type { Models } from './models.ts';

type Items = Models['items'];

const inFeed = { user: { $exists: true } } as const;

/** Returns the ids of items that another write inserted. Each write has a position of its own. */
export async function insertItems(items: Items, batch: readonly StoredItem[]): Promise<string[]> {
  try {
    await items.insertMany(batch.map(toDoc), { lean: true, ordered: false });
    return [];
  } catch (error) {
    const positions = new Map(batch.map(({ id, position }) => [id, position]));
    const ids = batch.map(({ id }) => id);
    return await foreignDuplicates(error, ids, async (duplicates) => {
      const docs = await items.find({ _id: { $in: duplicates } }, { pos: 1 }).lean();
      return docs.filter(({ _id, pos }) => pos === positions.get(_id));
    });
  }
}

/** Returns the ids of items that were not restored. */
export async function restoreItems(items: Items, batch: readonly StoredItem[]): Promise<string[]> {
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
  const positions = new Map(batch.map((item) => [item.id, item.position]));
  const docs = await items.find({ _id: { $in: [...positions.keys()] }, ...inFeed }, { pos: 1 }).lean();
  for (const doc of docs) if (doc.pos === positions.get(doc._id)) positions.delete(doc._id);
  return [...positions.keys()];
}

export async function bumpItems(
  items: Items,
  { ids, version, position, redeliverAs }: Bump,
): Promise<number> {
  const filter = { _id: { $in: [...ids] }, ...inFeed, rev: { $lt: version }, pos: { $lt: position } };
  const deliveryFields = redeliverAs && { ...redeliverAs, at: new Date(redeliverAs.at), entered: position };
  const { modifiedCount } = await items.updateMany(filter, {
    $set: { rev: version, pos: position, ...deliveryFields },
  });
  return modifiedCount;
}

export async function removeItems(
  items: Items,
  ids: readonly string[],
  position: number,
  deliveredBefore?: number,
): Promise<number> {
  const { modifiedCount } = await items.updateMany(
    {
      ...{ _id: { $in: [...ids] }, ...inFeed, pos: { $lt: position } },
      ...(deliveredBefore !== undefined && { entered: { $lt: deliveredBefore } }),
    },
    [{ $set: { removedFrom: '$user', removedAt: new Date(), pos: position } }, { $unset: [...feedFields] }],
    { updatePipeline: true },
  );
  return modifiedCount;
}

export async function touchItems(items: Items, ids: readonly string[], position: number): Promise<number> {
  const filter = { _id: { $in: [...ids] }, ...inFeed, pos: { $lt: position } };
  return (await items.updateMany(filter, { $set: { pos: position } })).modifiedCount;
}

/** Deletes items in the feed first, then items removed from it. Returns the number deleted. */
export async function purgeItems(items: Items, user: string, limit: number): Promise<number> {
  let purged = 0;
  for (const filter of [{ user }, { removedFrom: user }]) {
    if (purged >= limit) break;
    const docs = await items
      .find(filter, { _id: 1 })
      .limit(limit - purged)
      .batchSize(limit)
      .lean();
    if (docs.length === 0) continue;
    purged += (await items.deleteMany({ _id: { $in: docs.map((doc) => doc._id) } })).deletedCount;
  }
  return purged;
}
