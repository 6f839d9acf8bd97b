import type { Counts } from '../../protocol/entities.ts';
import type { StoredAction, StoredItem, StoredTracker, TrackerMatch } from '../model.ts';
import type { Position } from '../positions.ts';

/** The data of one space. */
export interface Stores {
  actions: ActionStore;
  trackers: TrackerStore;
  feeds: FeedStore;
}

export interface Spaces {
  /** For reading: makes nothing; a space that was never written reads as empty. */
  reader(space: string): Stores;
  /** For writing: makes the space's indexes the first time. */
  writer(space: string): Promise<Stores>;
}

export interface ActionStore {
  /**
   * Inserts one after the other and stops at the first whose id is there already. Answers how many were
   * inserted: the index of the conflict, or the length.
   */
  insertInOrder(actions: readonly StoredAction[]): Promise<number>;
  /** Those that exist, by the id asked for. */
  byIds(ids: readonly string[]): Promise<Map<string, StoredAction>>;
}

export interface TrackerStore {
  /** At most `limit` trackers of any of these keys, in no order. */
  some(keys: readonly string[], limit: number): Promise<TrackerMatch[]>;
  /** The trackers of one key, by user, behind `after`; in chunks of at most `chunk`, streamed. */
  ofKey(key: string, after: string | null, chunk: number): AsyncIterable<TrackerMatch[]>;
  /** Those of these ids that exist, in no order. */
  byIds(ids: readonly string[]): Promise<TrackerMatch[]>;
  /** Trackers of one user, in the order of the keys; those it has. */
  find(user: string, keys: readonly string[]): Promise<StoredTracker[]>;
  /** Creates, or replaces all settings but the id and the creation time. Answers what is stored. */
  put(trackers: readonly StoredTracker[]): Promise<StoredTracker[]>;
  remove(user: string, keys: readonly string[]): Promise<void>;
  /** Sets the verbs of trackers whose verbs are still `from`, removes those with none left; answers how many. */
  narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<number>;
}

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
  mark: Mark;
  limit: number;
}

export type Mark = 'read' | 'unread' | 'seen';

export interface FeedStore {
  /** Inserts those whose id is not there yet; answers the ids of those that were. */
  insert(items: readonly StoredItem[]): Promise<string[]>;
  byIds(ids: readonly string[]): Promise<StoredItem[]>;
  /** Moves the position of items that have not changed since `from` to `to`. */
  restamp(ids: readonly string[], from: number, to: number): Promise<void>;
  /** Newest first. */
  scan(scan: ItemScan): Promise<StoredItem[]>;
  /** Changed behind `from`, oldest change first. */
  changes(user: string, from: Position, limit: number): Promise<StoredItem[]>;
  /** How many changed behind `from`, counted up to `most`. */
  countChanges(user: string, from: Position, most: number): Promise<number>;
  counts(user: string): Promise<Counts>;
  /** As `counts`, for many users in few queries. */
  countsOf(users: readonly string[]): Promise<Map<string, Counts>>;
  /** Ids of items the mark would change. */
  markable(scan: MarkScan): Promise<string[]>;
  /** Marks those of the ids that still qualify; answers how many changed. */
  mark(scan: MarkScan & { ids: readonly string[] }, pos: number): Promise<number>;
}
