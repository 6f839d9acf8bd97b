import type { Counts } from '../../protocol/entities.ts';
import type { RemovedItem, StoredItem } from '../model/entities.ts';
import type { Position } from '../model/positions.ts';

export interface FeedCursor {
  at: number;
  id: string;
}

export interface ItemScan {
  user: string;
  /** Only items after this cursor, in the order of the feed. */
  after: FeedCursor | null;
  unread?: boolean;
  /** Inclusive bounds of `at`. */
  since?: number;
  until?: number;
  limit: number;
}

/**
 * Selects the items to mark: by `ids`, or up to the time `until`. They must also be in a state that the mark
 * changes.
 */
export interface MarkScan {
  user: string;
  ids?: readonly string[];
  until?: number;
  /** Only items whose last change is at or before this position. */
  maxPosition: number;
  /** Only items that were delivered or bumped at or before this position. */
  maxDeliveredPosition: number;
  mark: Mark;
  limit: number;
}

export type Mark = 'read' | 'unread' | 'seen';

/**
 * A change of items after another action merged into theirs. Without `redeliverAs`, sort time and marks stay.
 */
export interface Bump {
  ids: readonly string[];
  /** Only items of an earlier action version. */
  version: number;
  /** Only items whose last change is before this position. It becomes their position. */
  position: number;
  redeliverAs?: { at: number; unread: boolean; seen: boolean };
}

/** An item is **in** its feed, or was **removed** from it. Removed items are kept for 30 days. */
export interface FeedStore {
  /**
   * Inserts items with new ids. Returns the ids that another write inserted already, in the feed or removed. An item with
   * the given position is one of this write, which the database executed twice.
   */
  insert(items: readonly StoredItem[]): Promise<string[]>;
  /** Returns items that are in feeds. */
  byIds(ids: readonly string[]): Promise<StoredItem[]>;
  /** Returns removed items. */
  removedByIds(ids: readonly string[]): Promise<RemovedItem[]>;
  /**
   * Restores removed items in the given state. Returns the ids that were not restored: they are not removed
   * (any more), or were removed after the given position.
   */
  restore(items: readonly StoredItem[]): Promise<string[]>;
  /** Changes items in feeds. Returns the number of changed items. */
  bump(bump: Bump): Promise<number>;
  /** Sets the position of items in feeds whose last change is before it. Returns their number. */
  touch(ids: readonly string[], position: number): Promise<number>;
  /**
   * Deletes up to `limit` items of this user without a trace, in the feed or removed. Returns their number.
   */
  purge(user: string, limit: number): Promise<number>;
  /**
   * Removes items from feeds whose last change is before `position`. With `deliveredBefore`, only those that
   * were delivered or bumped before that position. Returns their number.
   */
  remove(ids: readonly string[], position: number, deliveredBefore?: number): Promise<number>;
  /** Returns items in feeds of these actions, sorted by id, after the id `after`. */
  byActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]>;
  /**
   * Moves the position of items, in feeds or removed, from `from` to `to`, if they have not changed since.
   */
  advancePosition(ids: readonly string[], from: number, to: number): Promise<void>;
  /** Newest first. */
  scan(scan: ItemScan): Promise<StoredItem[]>;
  /** Returns items that changed after `from`, oldest change first, then by id. */
  changes(user: string, from: Position, limit: number): Promise<Array<StoredItem | RemovedItem>>;
  /** Counts items that changed after `from`, up to `limit`. */
  countChanges(user: string, from: Position, limit: number): Promise<number>;
  counts(user: string): Promise<Counts>;
  /** `counts` for many users, in few queries. */
  countsByUser(users: readonly string[]): Promise<Map<string, Counts>>;
  /** Returns the ids of items that the mark would change. */
  markable(scan: MarkScan): Promise<string[]>;
  /** Marks those of the ids that still qualify. Returns their number. */
  mark(scan: MarkScan & { ids: readonly string[] }, position: number): Promise<number>;
  /**
   * Clients with a position below this one must reload the feed, because some changes were not pushed. 0 if
   * there is none.
   */
  resyncBefore(user: string): Promise<number>;
  /** Raises `resyncBefore` to the position. Never lowers it. */
  forceResync(users: readonly string[], position: number): Promise<void>;
}

export const isRemoved = (item: StoredItem | RemovedItem): item is RemovedItem => !('unread' in item);
