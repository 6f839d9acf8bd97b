import type { QueryFilter } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model.ts';
import type { Bump, FeedStore, ItemScan, Mark, MarkScan } from '../../core/ports/feeds.ts';
import type { Position } from '../../core/positions.ts';
import type { Counts } from '../../protocol/entities.ts';
import { itemsOfActions } from './action-items.ts';
import { countItems, UserCounts } from './counts.ts';
import { floorOf, raiseFloors } from './floors.ts';
import { bumpItems, dropItems, insertItems, removeItems, reviveItems, touchItems } from './item-changes.ts';
import { type ItemDoc, itemOf, removedOf } from './item-docs.ts';
import { changedItems, countChanged, scanItems } from './item-reads.ts';
import type { Models } from './models.ts';
import { type ReadOptions, told } from './reads.ts';

/** The state an item must be in for a mark to change it, and the change. */
const marks: Record<Mark, { from: QueryFilter<ItemDoc>; set: Partial<ItemDoc> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  // Read implies seen, so only unread items can be unseen.
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

export class MongoFeeds implements FeedStore {
  readonly #items: Models['items'];
  readonly #users: Models['users'];
  readonly #counts: UserCounts;
  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#reads = reads;
    this.#items = models.items;
    this.#users = models.users;
    this.#counts = new UserCounts(models.items);
  }

  insert(items: readonly StoredItem[]): Promise<string[]> {
    return insertItems(this.#items, items);
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    return (await this.#docs(ids)).flatMap((doc) => itemOf(doc) ?? []);
  }

  async removedByIds(ids: readonly string[]): Promise<RemovedItem[]> {
    return (await this.#docs(ids)).flatMap((doc) => removedOf(doc) ?? []);
  }

  revive(items: readonly StoredItem[]): Promise<string[]> {
    return reviveItems(this.#items, items);
  }

  bump(bump: Bump): Promise<number> {
    return bumpItems(this.#items, bump);
  }

  touch(ids: readonly string[], pos: number): Promise<number> {
    return touchItems(this.#items, ids, pos);
  }

  drop(user: string, limit: number): Promise<number> {
    return dropItems(this.#items, user, limit);
  }

  remove(ids: readonly string[], pos: number, entered?: number): Promise<number> {
    return removeItems(this.#items, ids, pos, entered);
  }

  ofActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]> {
    return itemsOfActions(this.#items, actions, after, limit);
  }

  async restamp(ids: readonly string[], from: number, to: number): Promise<void> {
    await this.#items.updateMany({ _id: { $in: [...ids] }, pos: from }, { $set: { pos: to } });
  }

  scan(scan: ItemScan): Promise<StoredItem[]> {
    return told(this.#reads, scanItems(this.#items, scan, this.#reads));
  }

  changes(user: string, from: Position, limit: number): Promise<Array<StoredItem | RemovedItem>> {
    return told(this.#reads, changedItems(this.#items, { user, from, limit }, this.#reads));
  }

  countChanges(user: string, from: Position, most: number): Promise<number> {
    return told(this.#reads, countChanged(this.#items, { user, from, limit: most }, this.#reads));
  }

  counts(user: string): Promise<Counts> {
    return told(this.#reads, countItems(this.#items, user, this.#reads));
  }

  countsOf(users: readonly string[]): Promise<Map<string, Counts>> {
    return this.#counts.of(users);
  }

  async markable(scan: MarkScan): Promise<string[]> {
    const { mark, limit } = scan;
    const query = this.#items.find(markFilter(scan), { _id: 1 });
    // Read items have no index of their own; by position, those marked already are behind the bound.
    if (mark === 'unread') query.sort({ pos: 1 });
    const docs = await query.limit(limit).batchSize(limit).lean();
    return docs.map((doc) => doc._id);
  }

  async mark(scan: MarkScan & { ids: readonly string[] }, pos: number): Promise<number> {
    const { set } = marks[scan.mark];
    const result = await this.#items.updateMany(markFilter(scan), { $set: { ...set, pos } });
    return result.modifiedCount;
  }

  floor(user: string): Promise<number> {
    return floorOf(this.#users, user, this.#reads);
  }

  raiseFloors(users: readonly string[], pos: number): Promise<void> {
    return raiseFloors(this.#users, users, pos);
  }

  #docs(ids: readonly string[]): Promise<ItemDoc[]> {
    const query = this.#items.find({ _id: { $in: [...ids] } }).batchSize(Math.max(1, ids.length));
    return told(this.#reads, query.setOptions(this.#reads).lean());
  }
}

function markFilter({ user, ids, until, before, entered, mark }: MarkScan): QueryFilter<ItemDoc> {
  const filter: QueryFilter<ItemDoc> = { user, ...marks[mark].from, pos: { $lte: before } };
  // Nothing can have come in after its last change.
  if (entered < before) filter.entered = { $lte: entered };
  if (ids) filter._id = { $in: [...ids] };
  if (until !== undefined) filter.at = { $lte: new Date(until) };
  return filter;
}
