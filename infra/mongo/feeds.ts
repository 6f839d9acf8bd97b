import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model/entities.ts';
import type { Position } from '../../core/model/positions.ts';
import type { Bump, FeedStore, ItemScan, Mark, MarkScan } from '../../core/ports/feeds.ts';
import type { Counts } from '../../protocol/entities.ts';
import { itemsOfActions } from './action-items.ts';
import { countItems, UserCounts } from './counts.ts';
import { type ItemDoc, toItem, toRemovedItem } from './item-docs.ts';
import { changedItems, countChanged, scanItems } from './item-reads.ts';
import { bumpItems, insertItems, purgeItems, removeItems, restoreItems, touchItems } from './item-writes.ts';
import type { Models } from './models.ts';
import { mapReadErrors, type ReadOptions } from './read-options.ts';
import { forceResync, readResyncBefore } from './resync.ts';

/** The state that an item must have for a mark to change it, and the change. */
const markChanges: Record<Mark, { from: QueryFilter<ItemDoc>; set: Partial<ItemDoc> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  // Read implies seen, so only unread items can be unseen.
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

export class MongoFeeds implements FeedStore {
  readonly #items: Models['items'];
  readonly #users: Models['users'];
  readonly #counts: UserCounts;
  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#readOptions = readOptions;
    this.#items = models.items;
    this.#users = models.users;
    this.#counts = new UserCounts(models.items);
  }

  insert(items: readonly StoredItem[]): Promise<string[]> {
    return insertItems(this.#items, items);
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    return (await this.#findDocs(ids)).flatMap((doc) => toItem(doc) ?? []);
  }

  async removedByIds(ids: readonly string[]): Promise<RemovedItem[]> {
    return (await this.#findDocs(ids)).flatMap((doc) => toRemovedItem(doc) ?? []);
  }

  restore(items: readonly StoredItem[]): Promise<string[]> {
    return restoreItems(this.#items, items);
  }

  bump(bump: Bump): Promise<number> {
    return bumpItems(this.#items, bump);
  }

  touch(ids: readonly string[], position: number): Promise<number> {
    return touchItems(this.#items, ids, position);
  }

  purge(user: string, limit: number): Promise<number> {
    return purgeItems(this.#items, user, limit);
  }

  remove(ids: readonly string[], position: number, deliveredBefore?: number): Promise<number> {
    return removeItems(this.#items, ids, position, deliveredBefore);
  }

  byActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]> {
    return itemsOfActions(this.#items, actions, after, limit);
  }

  async advancePosition(ids: readonly string[], from: number, to: number): Promise<void> {
    await this.#items.updateMany({ _id: { $in: [...ids] }, pos: from }, { $set: { pos: to } });
  }

  scan(scan: ItemScan): Promise<StoredItem[]> {
    return mapReadErrors(this.#readOptions, scanItems(this.#items, scan, this.#readOptions));
  }

  changes(user: string, from: Position, limit: number): Promise<Array<StoredItem | RemovedItem>> {
    return mapReadErrors(
      this.#readOptions,
      changedItems(this.#items, { user, from, limit }, this.#readOptions),
    );
  }

  countChanges(user: string, from: Position, limit: number): Promise<number> {
    return mapReadErrors(
      this.#readOptions,
      countChanged(this.#items, { user, from, limit }, this.#readOptions),
    );
  }

  counts(user: string): Promise<Counts> {
    return mapReadErrors(this.#readOptions, countItems(this.#items, user, this.#readOptions));
  }

  countsByUser(users: readonly string[]): Promise<Map<string, Counts>> {
    return this.#counts.of(users);
  }

  async markable(scan: MarkScan): Promise<string[]> {
    const { mark, limit } = scan;
    const query = this.#items.find(markFilter(scan), { _id: 1 });
    // Read items have no index of their own. In order of position, items that were just marked are above the bound.
    if (mark === 'unread') query.sort({ pos: 1 });
    const docs = await query.limit(limit).batchSize(limit).lean();
    return docs.map((doc) => doc._id);
  }

  async mark(scan: MarkScan & { ids: readonly string[] }, position: number): Promise<number> {
    const { set } = markChanges[scan.mark];
    const result = await this.#items.updateMany(markFilter(scan), { $set: { ...set, pos: position } });
    return result.modifiedCount;
  }

  resyncBefore(user: string): Promise<number> {
    return readResyncBefore(this.#users, user, this.#readOptions);
  }

  forceResync(users: readonly string[], position: number): Promise<void> {
    return forceResync(this.#users, users, position);
  }

  #findDocs(ids: readonly string[]): Promise<ItemDoc[]> {
    const query = this.#items.find({ _id: { $in: [...ids] } }).batchSize(Math.max(1, ids.length));
    return mapReadErrors(this.#readOptions, query.setOptions(this.#readOptions).lean());
  }
}

function markFilter({
  user,
  ids,
  until,
  maxPosition,
  maxDeliveredPosition,
  mark,
}: MarkScan): QueryFilter<ItemDoc> {
  const filter: QueryFilter<ItemDoc> = { user, ...markChanges[mark].from, pos: { $lte: maxPosition } };
  // An item's delivered position is never above its position.
  if (maxDeliveredPosition < maxPosition) filter.entered = { $lte: maxDeliveredPosition };
  if (ids) filter._id = { $in: [...ids] };
  if (until !== undefined) filter.at = { $lte: new Date(until) };
  return filter;
}
