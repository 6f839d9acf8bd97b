import type { Counts } from '../../protocol/entities.ts';
import type { RemovedItem, StoredItem, StoredPress } from '../model/entities.ts';
import type { ItemGroup } from '../model/item-groups.ts';
import type { ListedState } from '../model/item-states.ts';
import type { ChangeCursor } from '../model/positions.ts';
import type { Millis, Position } from '../model/units.ts';
import type { TimeCursor } from '../paging/cursor.ts';

export interface ItemScan {
  user: string;
  /** Only items after this cursor, in the order of the feed. */
  after: TimeCursor | null;
  unread?: boolean;
  /** Default: the inbox. */
  state?: ListedState;
  /** Inclusive bounds of `at`. */
  since?: Millis;
  until?: Millis;
  limit: number;
}

/**
 * Selects the items to mark, by `ids` or up to the time `until`, of those that the mark changes. By `ids`: in any state. Otherwise
 * in the inbox, or the archived items for `unarchive`.
 */
export interface MarkSelection {
  user: string;
  ids?: readonly string[];
  /** Only these of the selected items. Unlike `ids`, they are marked in no other state. */
  among?: readonly string[];
  until?: Millis;
  /** Only items whose last change is at or before this position. */
  maxPosition: Position;
  /** Only items that were delivered or bumped at or before this position. */
  maxDeliveredPosition: Position;
  mark: Mark;
  /** When a snoozed item returns. Only for `snooze`. */
  snoozeUntil?: Millis;
}

export interface MarkScan extends MarkSelection {
  limit: number;
}

/** Marks that change the flags of items. */
export type FlagMark = 'read' | 'unread' | 'seen';
/** Marks that change the state of items. */
export type StateMark = 'archive' | 'unarchive' | 'snooze' | 'unsnooze';
export type Mark = FlagMark | StateMark;

/** A claim of the right to press a button of an item. Others may take it over at `until`. */
export interface PressClaim {
  id: string;
  /** Identifies the claim. */
  token: string;
  now: Position;
  until: Position;
}

/** A press to store, if the item still has this version and no press of it. */
export interface PressWrite extends StoredPress {
  id: string;
  version: number;
}

/**
 * Changes items after a merge into their action. With `redeliverAs`, they are in the inbox. Without it, state, sort time and marks
 * stay.
 */
export interface Bump {
  ids: readonly string[];
  /** Only items of an earlier action version. */
  version: number;
  /** Only items whose last change is before this position. It becomes their position. */
  position: Position;
  redeliverAs?: { at: Millis; unread: boolean; seen: boolean };
}

/**
 * An item is **in** its feed, or was **removed** from it. Removed items are kept for 30 days. An item in its feed is in the inbox,
 * archived or snoozed (item-states.ts). Counts count the inbox.
 */
export interface FeedStore {
  /**
   * Inserts items. Returns the ids that another write inserted already, in the feed or removed. An item with
   * the given position is of this write, which the database executed twice.
   */
  insert(groups: readonly ItemGroup[]): Promise<string[]>;
  /** Returns items that are in feeds. */
  byIds(ids: readonly string[]): Promise<StoredItem[]>;
  /** Returns removed items. */
  removedByIds(ids: readonly string[]): Promise<RemovedItem[]>;
  /** Returns items that are in feeds, and removed ones. */
  storedByIds(ids: readonly string[]): Promise<Array<StoredItem | RemovedItem>>;
  /**
   * Restores removed items in the given state. Returns the ids that were not restored: they are not removed
   * (any more), or were removed after the given position.
   */
  restore(items: readonly StoredItem[]): Promise<string[]>;
  /** Changes items in feeds, each in one of the bumps. Returns the number of changed items. */
  bump(bumps: readonly Bump[]): Promise<number>;
  /** Sets the position of items in feeds whose last change is before it. Returns their number. */
  touch(ids: readonly string[], position: Position): Promise<number>;
  /** Deletes up to `limit` items of this user without a trace, also removed ones. Returns their number. */
  purge(user: string, limit: number): Promise<number>;
  /**
   * Removes items whose last change is before `position`. With `deliveredBefore`, only those that were
   * delivered or bumped before that position. Returns their number.
   */
  remove(ids: readonly string[], position: Position, deliveredBefore?: Position): Promise<number>;
  /** Returns items in feeds of these actions, sorted by id, after the id `after`. */
  byActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]>;
  /** Moves items, also removed ones, from one position to another, if they have not changed since. */
  advancePosition(ids: readonly string[], from: Position, to: Position): Promise<void>;
  /** As `advancePosition`, for all items in a user's feed that have the position. */
  advancePositionOf(user: string, from: Position, to: Position): Promise<void>;
  /** Newest first. */
  scan(scan: ItemScan): Promise<StoredItem[]>;
  /** Returns items that changed after `from`, oldest change first, then by id. */
  changes(user: string, from: ChangeCursor, limit: number): Promise<Array<StoredItem | RemovedItem>>;
  /** Counts items that changed after `from`, up to `limit`. */
  countChanges(user: string, from: ChangeCursor, limit: number): Promise<number>;
  counts(user: string): Promise<Counts>;
  /** `counts` for many users, in few queries. */
  countsByUser(users: readonly string[]): Promise<Map<string, Counts>>;
  /** Returns snoozed items that are due at this time, earliest first. */
  dueSnoozes(now: Millis, limit: number): Promise<StoredItem[]>;
  /** Returns the time at which the next snoozed item is due, or `null` if none is snoozed. */
  nextSnoozeEnd(): Promise<Millis | null>;
  /**
   * Returns those items to the inbox that are snoozed, due at this time, and last changed before `position`: unread, unseen, and
   * sorted by the end of their snooze. That is no delivery: `deliveredPosition` stays. Returns their number.
   */
  endSnoozes(ids: readonly string[], now: Millis, position: Position): Promise<number>;
  /** Returns the ids of items that the mark would change. */
  markable(scan: MarkScan): Promise<string[]>;
  /**
   * Returns a position up to which the mark would change at most about `size` items, or `null` if it would change
   * none.
   */
  markBoundary(selection: MarkSelection, size: number): Promise<Position | null>;
  /** Marks the selected items that qualify when they are written. Returns their number. */
  mark(selection: MarkSelection, position: Position): Promise<number>;
  /** Claims the press of an item in a feed. Returns false if another claim holds, or the item is not in the feed. */
  claimPress(claim: PressClaim): Promise<boolean>;
  /** Ends a claim, if it still holds. */
  releasePress(id: string, token: string): Promise<void>;
  /** Stores a press, marks the item as read and seen, and ends every claim. Returns whether the item changed. */
  press(press: PressWrite, position: Position): Promise<boolean>;
  /** Clients with an earlier position must reload the feed. `FIRST_POSITION` if there are none. */
  resyncBefore(user: string): Promise<Position>;
  /** Raises `resyncBefore` to the position. Never lowers it. */
  forceResync(users: readonly string[], position: Position): Promise<void>;
}

export const isRemoved = (item: StoredItem | RemovedItem): item is RemovedItem => !('unread' in item);
