import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model/entities.ts';
import type { Position } from '../../core/model/positions.ts';
import type { ItemScan } from '../../core/ports/feeds.ts';
import { type ItemDoc, toItem, toRemovedItem } from './item-docs.ts';
import type { Models } from './models.ts';
import type { ReadOptions } from './read-options.ts';

type Items = Models['items'];

interface ChangesQuery {
  user: string;
  from: Position;
  limit: number;
}

export async function scanItems(
  items: Items,
  { user, after, unread, since, until, limit }: ItemScan,
  readOptions: ReadOptions,
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
  // The bound on `at` above is where the index scan starts. This excludes the end of the previous page.
  if (after) {
    const at = new Date(after.at);
    filter.$or = [{ at: { $lt: at } }, { at, _id: { $lt: after.id } }];
  }
  const query = items.find(filter).sort({ at: -1, _id: -1 }).limit(limit).batchSize(limit);
  const docs = await query.setOptions(readOptions).lean();
  return docs.flatMap((doc) => toItem(doc) ?? []);
}

/** An item may be removed or restored between the two reads. Then the later state wins. */
export async function changedItems(
  items: Items,
  { user, from, limit }: ChangesQuery,
  readOptions: ReadOptions,
): Promise<Array<StoredItem | RemovedItem>> {
  const read = (filter: QueryFilter<ItemDoc>) =>
    items.find(filter).sort({ pos: 1, _id: 1 }).limit(limit).batchSize(limit).setOptions(readOptions).lean();
  const [inFeed, removed] = await Promise.all([
    read({ user, ...changedSince(from) }),
    read({ removedFrom: user, ...changedSince(from) }),
  ]);
  const found = new Map<string, StoredItem | RemovedItem>();
  for (const doc of [...inFeed, ...removed]) {
    const item = toItem(doc) ?? toRemovedItem(doc);
    if (item && item.position > (found.get(item.id)?.position ?? 0)) found.set(item.id, item);
  }
  return [...found.values()]
    .sort((left, right) => left.position - right.position || compareBytes(left.id, right.id))
    .slice(0, limit);
}

export async function countChanged(
  items: Items,
  { user, from, limit }: ChangesQuery,
  readOptions: ReadOptions,
): Promise<number> {
  const [inFeed, removed] = await Promise.all([
    items.countDocuments({ user, ...changedSince(from) }, { limit }).setOptions(readOptions),
    items.countDocuments({ removedFrom: user, ...changedSince(from) }, { limit }).setOptions(readOptions),
  ]);
  return Math.min(inFeed + removed, limit);
}

const changedSince = ({ position, after }: Position): QueryFilter<ItemDoc> =>
  after === null
    ? { pos: { $gt: position } }
    : { pos: { $gte: position }, $or: [{ pos: { $gt: position } }, { pos: position, _id: { $gt: after } }] };

/** Compares as the database does: by UTF-8 bytes, which differs from JavaScript's order beyond the Basic Multilingual Plane. */
const compareBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
