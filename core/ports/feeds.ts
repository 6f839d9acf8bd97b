import type { Counts } from '../../protocol/entities.ts';
import type { RemovedItem, StoredItem } from '../model.ts';
import type { Position } from '../positions.ts';

export interface FeedPlace {
  at: number;
  id: string;
}

export interface ItemScan {
  user: string;
  /** Items behind this one in the order of the feed. */
  after: FeedPlace | null;
  unread?: boolean;
  /** Bounds of `at`, both inclusive. */
  since?: number;
  until?: number;
  limit: number;
}

/** Exactly one way to say which items; with the state they must be in and the change. */
export interface MarkScan {
  user: string;
  ids?: readonly string[];
  until?: number;
  /** Only items whose last change is not after it. */
  before: number;
  /** Only items that came in, or were bumped, not after it. */
  entered: number;
  mark: Mark;
  limit: number;
}

export type Mark = 'read' | 'unread' | 'seen';

/** A change of items whose action gained another; without `at` place and marks stay. */
export interface Bump {
  ids: readonly string[];
  /** Only items of an earlier revision. */
  rev: number;
  /** Only items whose last change is before it; it is their last change from now on. */
  pos: number;
  arrival?: { at: number; unread: boolean; seen: boolean };
}

/** An item is **in** its feed or was **removed** from it; what was removed is kept for 30 days. */
export interface FeedStore {
  /** Inserts those whose id is not there yet, in the feed or removed; answers the ids of those that were. */
  insert(items: readonly StoredItem[]): Promise<string[]>;
  /** Items in feeds. */
  byIds(ids: readonly string[]): Promise<StoredItem[]>;
  /** Items that were removed from feeds. */
  removedByIds(ids: readonly string[]): Promise<RemovedItem[]>;
  /**
   * Puts items back that were removed, as given; answers the ids of those that were not: they are not removed (any
   * more), or were later than the position given.
   */
  revive(items: readonly StoredItem[]): Promise<string[]>;
  /** Items in feeds only. Answers how many changed. */
  bump(bump: Bump): Promise<number>;
  /** Gives items in feeds, whose last change is before it, this position: what they show changed. Answers how many. */
  touch(ids: readonly string[], pos: number): Promise<number>;
  /** Deletes items of this user, in its feed and removed from it, as if they had never been; answers how many. */
  drop(user: string, limit: number): Promise<number>;
  /**
   * Takes out of feeds those that are in them and whose last change is before `pos`, with `entered` only those that came in
   * or were bumped before that position; answers how many.
   */
  remove(ids: readonly string[], pos: number, entered?: number): Promise<number>;
  /** Items in feeds that show any of these actions, by id, behind `after`. */
  ofActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]>;
  /** Moves the position of items, in or removed, that have not changed since `from` to `to`. */
  restamp(ids: readonly string[], from: number, to: number): Promise<void>;
  /** Newest first. */
  scan(scan: ItemScan): Promise<StoredItem[]>;
  /** Changed behind `from`, oldest change first, ties by id. */
  changes(user: string, from: Position, limit: number): Promise<Array<StoredItem | RemovedItem>>;
  /** How many changed behind `from`, counted up to `most`. */
  countChanges(user: string, from: Position, most: number): Promise<number>;
  counts(user: string): Promise<Counts>;
  /** As `counts`, for many users in few queries. */
  countsOf(users: readonly string[]): Promise<Map<string, Counts>>;
  /** Ids of items the mark would change. */
  markable(scan: MarkScan): Promise<string[]>;
  /** Marks those of the ids that still qualify; answers how many changed. */
  mark(scan: MarkScan & { ids: readonly string[] }, pos: number): Promise<number>;
  /** The position before which changes of this feed are not told one by one: reload. 0 where there is none. */
  floor(user: string): Promise<number>;
  /** Never lowers one. */
  raiseFloors(users: readonly string[], pos: number): Promise<void>;
}

export const isRemoved = (item: StoredItem | RemovedItem): item is RemovedItem => !('unread' in item);
