/** Changes of many items at once, each guarded by what the item has to be like. */
import type { StoredItem } from '../../core/model.ts';
import type { Bump } from '../../core/ports/feeds.ts';
import { duplicateIndexes } from './duplicates.ts';
import { inFeedOnly, toDoc } from './item-docs.ts';
import type { Models } from './models.ts';

type Items = Models['items'];

const inFeed = { user: { $exists: true } } as const;

/** Answers the ids of those that were there. */
export async function insertItems(items: Items, all: readonly StoredItem[]): Promise<string[]> {
  try {
    await items.insertMany(all.map(toDoc), { lean: true, ordered: false });
    return [];
  } catch (error) {
    return duplicateIndexes(error).flatMap((index) => all[index]?.id ?? []);
  }
}

/** Answers the ids of those that were not put back. */
export async function reviveItems(items: Items, all: readonly StoredItem[]): Promise<string[]> {
  if (all.length === 0) return [];
  const { matchedCount } = await items.bulkWrite(
    all.map((item) => {
      const { _id, ...set } = toDoc(item);
      return {
        updateOne: {
          filter: { _id, removedFrom: { $exists: true }, pos: { $lt: item.pos } },
          update: { $set: set, $unset: { removedFrom: 1, removedAt: 1 } },
        },
      };
    }),
    { ordered: false },
  );
  if (matchedCount === all.length) return [];
  const pos = new Map(all.map((item) => [item.id, item.pos]));
  const docs = await items.find({ _id: { $in: [...pos.keys()] }, ...inFeed }, { pos: 1 }).lean();
  for (const doc of docs) if (doc.pos === pos.get(doc._id)) pos.delete(doc._id);
  return [...pos.keys()];
}

export async function bumpItems(items: Items, { ids, rev, pos, arrival }: Bump): Promise<number> {
  const filter = { _id: { $in: [...ids] }, ...inFeed, rev: { $lt: rev }, pos: { $lt: pos } };
  const place = arrival && { ...arrival, at: new Date(arrival.at), entered: pos };
  const { modifiedCount } = await items.updateMany(filter, { $set: { rev, pos, ...place } });
  return modifiedCount;
}

export async function removeItems(
  items: Items,
  ids: readonly string[],
  pos: number,
  entered?: number,
): Promise<number> {
  const { modifiedCount } = await items.updateMany(
    {
      ...{ _id: { $in: [...ids] }, ...inFeed, pos: { $lt: pos } },
      ...(entered !== undefined && { entered: { $lt: entered } }),
    },
    [{ $set: { removedFrom: '$user', removedAt: new Date(), pos } }, { $unset: [...inFeedOnly] }],
    { updatePipeline: true },
  );
  return modifiedCount;
}

export async function touchItems(items: Items, ids: readonly string[], pos: number): Promise<number> {
  const filter = { _id: { $in: [...ids] }, ...inFeed, pos: { $lt: pos } };
  return (await items.updateMany(filter, { $set: { pos } })).modifiedCount;
}

/** Those in the feed, then those that were removed from it. */
export async function dropItems(items: Items, user: string, limit: number): Promise<number> {
  let dropped = 0;
  for (const filter of [{ user }, { removedFrom: user }]) {
    if (dropped >= limit) break;
    const docs = await items
      .find(filter, { _id: 1 })
      .limit(limit - dropped)
      .batchSize(limit)
      .lean();
    if (docs.length === 0) continue;
    dropped += (await items.deleteMany({ _id: { $in: docs.map((doc) => doc._id) } })).deletedCount;
  }
  return dropped;
}
