import type { QueryFilter } from 'mongoose';
import type { StoredItem } from '../../core/model.ts';
import type { FeedStore, ItemScan, Mark, MarkScan } from '../../core/ports/stores.ts';
import type { Position } from '../../core/positions.ts';
import type { Counts } from '../../protocol/entities.ts';
import { countItems, UserCounts } from './counts.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { ItemDoc, Models } from './models.ts';

/** The state an item must be in for a mark to change it, and the change. */
const marks: Record<Mark, { from: QueryFilter<ItemDoc>; set: Partial<ItemDoc> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  // Read implies seen, so only unread items can be unseen.
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

export class MongoFeeds implements FeedStore {
  readonly #model: Models['items'];
  readonly #counts: UserCounts;

  constructor(models: Models) {
    this.#model = models.items;
    this.#counts = new UserCounts(models.items);
  }

  async insert(items: readonly StoredItem[]): Promise<string[]> {
    try {
      await this.#model.insertMany(items.map(toDoc), { lean: true, ordered: false });
      return [];
    } catch (error) {
      return duplicateIndexes(error).flatMap((index) => items[index]?.id ?? []);
    }
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    const docs = await this.#model.find({ _id: { $in: [...ids] } }).lean();
    return docs.map(fromDoc);
  }

  async restamp(ids: readonly string[], from: number, to: number): Promise<void> {
    await this.#model.updateMany({ _id: { $in: [...ids] }, pos: from }, { $set: { pos: to } });
  }

  async scan({ user, after, unread, since, until, limit }: ItemScan): Promise<StoredItem[]> {
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
    const docs = await this.#model
      .find(filter)
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .batchSize(limit)
      .lean();
    return docs.map(fromDoc);
  }

  async changes(user: string, from: Position, limit: number): Promise<StoredItem[]> {
    const docs = await this.#model
      .find(changedSince(user, from))
      .sort({ pos: 1, _id: 1 })
      .limit(limit)
      .batchSize(limit)
      .lean();
    return docs.map(fromDoc);
  }

  countChanges(user: string, from: Position, most: number): Promise<number> {
    return this.#model.countDocuments(changedSince(user, from), { limit: most });
  }

  counts(user: string): Promise<Counts> {
    return countItems(this.#model, user);
  }

  countsOf(users: readonly string[]): Promise<Map<string, Counts>> {
    return this.#counts.of(users);
  }

  async markable({ user, ids, until, before, mark, limit }: MarkScan): Promise<string[]> {
    const filter: QueryFilter<ItemDoc> = { user, ...marks[mark].from, pos: { $lte: before } };
    if (ids) filter._id = { $in: [...ids] };
    if (until !== undefined) filter.at = { $lte: new Date(until) };
    const query = this.#model.find(filter, { _id: 1 });
    // Read items have no index of their own; by position, those marked already are behind the bound.
    if (mark === 'unread') query.sort({ pos: 1 });
    const docs = await query.limit(limit).batchSize(limit).lean();
    return docs.map((doc) => doc._id);
  }

  async mark(
    { user, ids, before, mark }: MarkScan & { ids: readonly string[] },
    pos: number,
  ): Promise<number> {
    const { from, set } = marks[mark];
    const filter = { _id: { $in: [...ids] }, user, ...from, pos: { $lte: before } };
    const result = await this.#model.updateMany(filter, { $set: { ...set, pos } });
    return result.modifiedCount;
  }
}

const changedSince = (user: string, { pos, after }: Position): QueryFilter<ItemDoc> =>
  after === null
    ? { user, pos: { $gt: pos } }
    : { user, pos: { $gte: pos }, $or: [{ pos: { $gt: pos } }, { pos, _id: { $gt: after } }] };

const toDoc = (item: StoredItem): ItemDoc => ({
  _id: item.id,
  user: item.user,
  action: item.action,
  at: new Date(item.at),
  pos: item.pos,
  unread: item.unread,
  seen: item.seen,
});

const fromDoc = (doc: ItemDoc): StoredItem => ({
  id: doc._id,
  user: doc.user,
  action: doc.action,
  at: doc.at.getTime(),
  pos: doc.pos,
  unread: doc.unread,
  seen: doc.seen,
});
