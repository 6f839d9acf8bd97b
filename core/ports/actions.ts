import type {
  ActionOutline,
  DeletedObject,
  MergedAction,
  Resolution,
  StoredAction,
} from '../model/entities.ts';
import type { GroupKeys } from '../model/keys.ts';
import type { Millis, Position } from '../model/units.ts';
import type { TimeCursor } from '../paging/cursor.ts';

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
  since?: Millis;
  until?: Millis;
  /** Only actions after this cursor. */
  after?: TimeCursor | null;
  limit: number;
  /** Time limit. Beyond it, the store throws `ReadTimeoutError`. */
  maxTimeMs?: Millis;
}

/** A query for the candidates of grouping, newest first. */
export interface SimilarityQuery {
  /** Keys from `groupKeys`. A candidate has at least one of them. */
  keys: { readonly [part in keyof GroupKeys]: readonly string[] };
  /** Inclusive bounds of the timestamp. */
  from: Millis;
  to: Millis;
  after?: TimeCursor | null;
  limit: number;
}

/** Every write stores `position`: the position of the last change, taken before the write. */
export interface ActionStore {
  /** Inserts resolutions in order, up to the first id that is resolved already. Returns their number. */
  insertInOrder(resolved: ReadonlyArray<StoredAction | MergedAction>, position: Position): Promise<number>;
  /** Returns the resolutions of these ids, by id. Omits unresolved ids. */
  resolutions(ids: readonly string[]): Promise<Map<string, Resolution>>;
  /** Returns the stored actions with these ids, by id. Omits merged and deleted ones. */
  byIds(ids: readonly string[]): Promise<Map<string, StoredAction>>;
  /** Replaces the content if the version is still `expectedVersion`. Returns false otherwise. */
  replace(action: StoredAction, expectedVersion: number, position: Position): Promise<boolean>;
  /** Sets the position of actions whose last change is earlier. Ignores unknown ids. */
  advancePosition(ids: readonly string[], position: Position): Promise<void>;
  findSimilar(query: SimilarityQuery): Promise<StoredAction[]>;
  /** @throws ReadTimeoutError */
  find(scan: ActionScan): Promise<StoredAction[]>;
  /** As `find`, without the content. All objects of an outline but its actor are in `related`. @throws ReadTimeoutError */
  findOutlines(scan: ActionScan): Promise<ActionOutline[]>;
  /** Returns the ids of those actions that match the conditions. */
  filterMatching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>>;
  /** Returns up to `limit` ids of actions with this key, unordered. */
  idsByKey(key: string, limit: number): Promise<string[]>;
  /** Deletes these actions permanently, also ids never stored, but not merged ones. Returns the deleted. */
  deleteMany(ids: readonly string[], position: Position): Promise<StoredAction[]>;
  /** Writes the tombstone into those actions that contain the object, regardless of their version. */
  writeTombstone(ids: readonly string[], object: DeletedObject, position: Position): Promise<void>;
  /** Removes these users from `notify` of these actions, regardless of their version. */
  removeFromNotify(ids: readonly string[], users: readonly string[]): Promise<void>;
  /** Returns up to `limit` actions with this key that changed after the position, unordered. */
  changedSince(key: string, position: Position, limit: number): Promise<StoredAction[]>;
  /** Returns up to `limit` ids of actions with this key deleted after the position, within 30 days. */
  goneSince(key: string, position: Position, limit: number): Promise<string[]>;
}
