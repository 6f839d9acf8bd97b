import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model.ts';
import type { ItemScan } from '../../core/ports/feeds.ts';
import type { Position } from '../../core/positions.ts';
import { type ItemDoc, itemOf, removedOf } from './item-docs.ts';
import type { Models } from './models.ts';
import type { ReadOptions } from './reads.ts';

type Items = Models['items'];

interface Changes {
  user: string;
  from: Position;
  limit: number;
}

export async function scanItems(
  items: Items,
  { user, after, unread, since, until, limit }: ItemScan,
  reads: ReadOptions,
): Promise<StoredItem[]> {
  const filter: QueryFilter<ItemDoc> = { user };
  if (unread !== undefined) filter.unread = unread;
  const latest = Math.min(until ?? Number.POSITIVE_INFINITY, after?.at ?? Number.POSITIVE_INFINITY);
  if (since !== undefined || Number.isFinite(latest)) {
    filter.at = {
      ...(since !== undefined && { $gte: new Date(since) }),
      ...(Number.isFinite(latest) && { $lte: new Date(latest) }),
    };
  }
  // The bound on `at` above lets the index begin there; this leaves out what the last page ended with.
  if (after) {
    const at = new Date(after.at);
    filter.$or = [{ at: { $lt: at } }, { at, _id: { $lt: after.id } }];
  }
  const query = items.find(filter).sort({ at: -1, _id: -1 }).limit(limit).batchSize(limit);
  const docs = await query.setOptions(reads).lean();
  return docs.flatMap((doc) => itemOf(doc) ?? []);
}

/** Two reads, between which an item may leave or come back: its later state counts. */
export async function changedItems(
  items: Items,
  { user, from, limit }: Changes,
  reads: ReadOptions,
): Promise<Array<StoredItem | RemovedItem>> {
  const read = (filter: QueryFilter<ItemDoc>) =>
    items.find(filter).sort({ pos: 1, _id: 1 }).limit(limit).batchSize(limit).setOptions(reads).lean();
  const [inFeed, gone] = await Promise.all([
    read({ user, ...changedSince(from) }),
    read({ removedFrom: user, ...changedSince(from) }),
  ]);
  const found = new Map<string, StoredItem | RemovedItem>();
  for (const doc of [...inFeed, ...gone]) {
    const item = itemOf(doc) ?? removedOf(doc);
    if (item && item.pos > (found.get(item.id)?.pos ?? 0)) found.set(item.id, item);
  }
  return [...found.values()]
    .sort((left, right) => left.pos - right.pos || compareBytes(left.id, right.id))
    .slice(0, limit);
}

export async function countChanged(
  items: Items,
  { user, from, limit }: Changes,
  reads: ReadOptions,
): Promise<number> {
  const [inFeed, gone] = await Promise.all([
    items.countDocuments({ user, ...changedSince(from) }, { limit }).setOptions(reads),
    items.countDocuments({ removedFrom: user, ...changedSince(from) }, { limit }).setOptions(reads),
  ]);
  return Math.min(inFeed + gone, limit);
}

const changedSince = ({ pos, after }: Position): QueryFilter<ItemDoc> =>
  after === null
    ? { pos: { $gt: pos } }
    : { pos: { $gte: pos }, $or: [{ pos: { $gt: pos } }, { pos, _id: { $gt: after } }] };

/** As the database orders text, also where it is not of the first 65,536 characters. */
const compareBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
