import type { EndedVersion, StoredTracker, TrackerMatch, TrackerVersion } from '../model/entities.ts';
import type { Millis, Position } from '../model/units.ts';

/** A query for trackers, sorted by id. Set exactly one of `user` and `key`. */
export interface TrackerScan {
  user?: string;
  /** The key of the tracked object or class. */
  key?: string;
  /** Only trackers of objects or classes of this type. */
  type?: string;
  /** Only trackers that match this verb. */
  verb?: string;
  /** Only trackers after this id. */
  after?: string | null;
  limit: number;
  /** Time limit. Beyond it, the store throws `ReadTimeoutError`. */
  maxTimeMs?: Millis;
}

/** The new state of a tracker. */
export interface TrackerPut extends Omit<StoredTracker, 'since'> {
  /** `null` for the time of its creation. */
  since: Millis | null;
}

/** Takes a position (decision 7). */
export type TakePosition = () => Promise<Position>;

export interface TrackerStore {
  /** Counts the trackers of each user, only as far as needed to know whether there are more than `limit`. */
  countsByUser(users: readonly string[], limit: number): Promise<Map<string, number>>;
  /** Returns up to `limit` trackers of any of these keys, unordered. */
  findByKeys(keys: readonly string[], limit: number): Promise<TrackerMatch[]>;
  /** Streams the trackers of one key after user `after`, sorted by user, in chunks of up to `chunkSize`. */
  byKey(key: string, after: string | null, chunkSize: number): AsyncIterable<TrackerMatch[]>;
  /** Returns the trackers with these ids that exist, unordered. */
  byIds(ids: readonly string[]): Promise<TrackerMatch[]>;
  /** Returns a user's trackers of these keys, in the order of the keys. */
  find(user: string, keys: readonly string[]): Promise<StoredTracker[]>;
  /** Returns the trackers with these ids that exist, unordered. */
  get(ids: readonly string[]): Promise<StoredTracker[]>;
  /** @throws ReadTimeoutError */
  scan(scan: TrackerScan): Promise<StoredTracker[]>;
  /**
   * Creates trackers, or replaces their settings, except id and creation time. Returns the created ids. A
   * replaced version ends at a position taken after it was read and before it is replaced.
   */
  put(trackers: readonly TrackerPut[], takePosition: TakePosition): Promise<Set<string>>;
  /** Ends the versions of these trackers, as `put` does. Returns the ids of those that existed. */
  end(ids: readonly string[], takePosition: TakePosition): Promise<string[]>;
  /** As `end`, but keeps no ended versions. For trackers that can never be created again. */
  remove(ids: readonly string[]): Promise<string[]>;
  /** Sets verbs that are still `from`, and ends trackers left without any. Returns the ids of both. */
  narrowVerbs(changes: readonly VerbsChange[], takePosition: TakePosition): Promise<string[]>;
  /** Returns the current versions of these trackers, unordered. */
  currentVersions(ids: readonly string[]): Promise<TrackerVersion[]>;
  /** Returns the current versions of all trackers of this user, unordered. */
  currentVersionsOf(user: string): Promise<TrackerVersion[]>;
  /** Sets `from` of the current versions that have none yet. The first process to set it wins. */
  setStartPosition(ids: readonly string[], position: Position): Promise<void>;
  /** Returns the versions of these users' trackers that ended or are about to end. */
  endedVersions(users: readonly string[]): Promise<EndedVersion[]>;
  /** Records that every item of these versions of the user's trackers was revalidated. */
  markRevalidated(user: string, versions: readonly string[]): Promise<void>;
  /** Deletes the ended versions of this user's trackers, unless items of one are not revalidated yet. */
  pruneEndedVersions(user: string): Promise<void>;
}

export interface VerbsChange {
  id: string;
  from: readonly string[];
  to: readonly string[];
}
