import type { DeletedObject, MergedAction, Resolution, StoredAction } from '../model/entities.ts';
import type { GroupKeys } from '../model/keys.ts';

/** A position in a list of actions, newest first. */
export interface ActionCursor {
  /** The sort time, in milliseconds since 1970. */
  time: number;
  id: string;
}

/** One key, or several that must all match. */
export type Keys = string | readonly string[];

/** All given conditions must match. */
export interface ActionConditions {
  /** Objects or classes in any role. */
  key?: Keys;
  actor?: string;
  actorType?: string;
  target?: Keys;
  related?: Keys;
  verbs?: readonly string[];
  /** Only actions that contain more than one logged action. */
  isMerged?: true;
  /** The minimum level. */
  level?: number;
}

/** A query for actions, newest first, then by id. */
export interface ActionScan extends ActionConditions {
  /** The field for sorting, bounds and paging: the timestamp (default), or the time of the last merge. */
  sortBy?: 'timestamp' | 'updatedAt';
  since?: number;
  until?: number;
  /** Only actions after this cursor. */
  after?: ActionCursor | null;
  limit: number;
  /** Time limit in milliseconds. Beyond it, the store throws `ReadTimeoutError`. */
  maxTimeMs?: number;
}

/** A query for the candidates of grouping, newest first. */
export interface SimilarityQuery {
  /** Keys from `groupKeys`. A candidate has at least one of them. */
  keys: { readonly [part in keyof GroupKeys]: readonly string[] };
  /** Inclusive bounds of the timestamp. */
  from: number;
  to: number;
  after?: ActionCursor | null;
  limit: number;
}

/** Every write stores `position`: the position of the last change, taken before the write. */
export interface ActionStore {
  /**
   * Inserts resolutions in order and stops at the first id that is resolved already. Returns the number of
   * inserted ones: the index of the conflict, or the length.
   */
  insertInOrder(resolved: ReadonlyArray<StoredAction | MergedAction>, position: number): Promise<number>;
  /** Returns the resolutions of these ids, by id. Omits unresolved ids. */
  resolutions(ids: readonly string[]): Promise<Map<string, Resolution>>;
  /** Returns the stored actions with these ids, by id. Omits merged and deleted ones. */
  byIds(ids: readonly string[]): Promise<Map<string, StoredAction>>;
  /** Replaces the content if the version is still `expectedVersion`. Returns false otherwise. */
  replace(action: StoredAction, expectedVersion: number, position: number): Promise<boolean>;
  /** Sets the position of actions whose last change is earlier. Ignores unknown ids. */
  advancePosition(ids: readonly string[], position: number): Promise<void>;
  findSimilar(query: SimilarityQuery): Promise<StoredAction[]>;
  /** @throws ReadTimeoutError */
  find(scan: ActionScan): Promise<StoredAction[]>;
  /** Returns the ids of those actions that match the conditions. */
  filterMatching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>>;
  /** Returns up to `limit` ids of actions with this key, unordered. */
  idsByKey(key: string, limit: number): Promise<string[]>;
  /**
   * Deletes these actions permanently, including ids that were never stored. Ids of merged actions stay
   * merged. Returns the deleted actions.
   */
  deleteMany(ids: readonly string[], position: number): Promise<StoredAction[]>;
  /**
   * Writes the tombstone of the object into those of these actions that contain it, regardless of their
   * version.
   */
  writeTombstone(ids: readonly string[], object: DeletedObject, position: number): Promise<void>;
  /** Removes these users from `notify` of these actions, regardless of their version. */
  removeFromNotify(ids: readonly string[], users: readonly string[]): Promise<void>;
  /**
   * Returns up to `limit` actions with this key that were stored or changed after the position, unordered.
   */
  changedSince(key: string, position: number, limit: number): Promise<StoredAction[]>;
  /**
   * Returns up to `limit` ids of actions with this key that were deleted after the position. They are kept
   * for 30 days.
   */
  goneSince(key: string, position: number, limit: number): Promise<string[]>;
}
