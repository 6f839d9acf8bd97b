import type { GroupKeys } from '../keys.ts';
import type { Decision, DeletedObject, MergedAction, StoredAction } from '../model.ts';

/** A place in a list of actions, newest first. */
export interface ActionPlace {
  /** What the list is sorted by: milliseconds since 1970. */
  time: number;
  id: string;
}

/** One key, or several of which each must be there. */
export type Keys = string | readonly string[];

/** Every condition given holds. */
export interface ActionConditions {
  /** Objects or classes in any role. */
  key?: Keys;
  actor?: string;
  actorType?: string;
  target?: Keys;
  related?: Keys;
  verbs?: readonly string[];
  /** Only those that stand for more than one logged action. */
  isMerged?: true;
  /** At least. */
  level?: number;
}

/** Actions, newest first, ties by id. */
export interface ActionScan extends ActionConditions {
  /** Sorted, bounded and paged by: the timestamp (default), or the place in feeds. */
  by?: 'timestamp' | 'updatedAt';
  since?: number;
  until?: number;
  /** Actions behind this one. */
  after?: ActionPlace | null;
  limit: number;
  /** Milliseconds after which the store gives up, with `TooSlow`. */
  mostMs?: number;
}

/** What grouping may choose from, newest first. */
export interface Similar {
  /** `groupKeys`: a candidate has at least one of these. */
  keys: { readonly [part in keyof GroupKeys]: readonly string[] };
  /** Bounds of the timestamp, both inclusive. */
  from: number;
  to: number;
  after?: ActionPlace | null;
  limit: number;
}

/** What is written carries `pos`, the position of its last change, taken before the write. */
export interface ActionStore {
  /**
   * Inserts one after the other and stops at the first whose id is decided already. Answers how many were
   * inserted: the index of the conflict, or the length.
   */
  insertInOrder(decided: ReadonlyArray<StoredAction | MergedAction>, pos: number): Promise<number>;
  /** What was decided about these ids, by id; those undecided are missing. */
  decisions(ids: readonly string[]): Promise<Map<string, Decision>>;
  /** Those that are there as themselves, by the id asked for. */
  byIds(ids: readonly string[]): Promise<Map<string, StoredAction>>;
  /** Replaces the content where the revision is still `rev`; answers whether it was. */
  replace(action: StoredAction, rev: number, pos: number): Promise<boolean>;
  /** Moves the position of actions whose last change is earlier. Of ids that are not there, nothing. */
  restamp(ids: readonly string[], pos: number): Promise<void>;
  similar(query: Similar): Promise<StoredAction[]>;
  /** @throws TooSlow */
  find(scan: ActionScan): Promise<StoredAction[]>;
  /** Those of these ids whose actions meet the conditions. */
  matching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>>;
  /** Ids of actions with this key, in no order; at most `most`. */
  idsOf(key: string, most: number): Promise<string[]>;
  /**
   * Makes these gone for good, also where they were never stored; what was merged into another stays so. Answers those
   * that were there.
   */
  bury(ids: readonly string[], pos: number): Promise<StoredAction[]>;
  /** Writes what is left of the object into those of these actions that show it, whatever their revision. */
  showDeleted(ids: readonly string[], object: DeletedObject, pos: number): Promise<void>;
  /** Takes these users out of `notify` of these actions, whatever their revision. */
  forgetUsers(ids: readonly string[], users: readonly string[]): Promise<void>;
  /** Actions with this key that were stored or changed behind the position, in no order; at most `limit`. */
  changedSince(key: string, pos: number, limit: number): Promise<StoredAction[]>;
  /** Ids of actions with this key that went behind the position, kept for 30 days; at most `limit`. */
  goneSince(key: string, pos: number, limit: number): Promise<string[]>;
}
