import type { EndedVersion, StoredTracker, TrackerMatch, TrackerVersion } from '../model.ts';

/** Trackers in the order of their ids; exactly one of `user` and `key`. */
export interface TrackerScan {
  /** Owned by it. */
  user?: string;
  /** Of this object or class. */
  key?: string;
  /** Only of objects or classes of this type. */
  type?: string;
  /** Only those that follow this verb. */
  verb?: string;
  /** Trackers behind this id. */
  after?: string | null;
  limit: number;
  /** Milliseconds after which the store gives up, with `TooSlow`. */
  mostMs?: number;
}

/** A tracker as it is to be. */
export interface TrackerPut extends Omit<StoredTracker, 'since'> {
  /** `null`: its creation. */
  since: number | null;
}

/** Takes a position (decision 7). */
export type TakePosition = () => Promise<number>;

export interface TrackerStore {
  /** How many trackers each of these users has, counted as far as it takes to know whether it is more than `most`. */
  countsOf(users: readonly string[], most: number): Promise<Map<string, number>>;
  /** At most `limit` trackers of any of these keys, in no order. */
  some(keys: readonly string[], limit: number): Promise<TrackerMatch[]>;
  /** The trackers of one key, by user, behind `after`; in chunks of at most `chunk`, streamed. */
  ofKey(key: string, after: string | null, chunk: number): AsyncIterable<TrackerMatch[]>;
  /** Those of these ids that exist, in no order. */
  byIds(ids: readonly string[]): Promise<TrackerMatch[]>;
  /** Trackers of one user, in the order of the keys; those it has. */
  find(user: string, keys: readonly string[]): Promise<StoredTracker[]>;
  /** By id, in no order; those that exist. */
  get(ids: readonly string[]): Promise<StoredTracker[]>;
  /** @throws TooSlow */
  scan(scan: TrackerScan): Promise<StoredTracker[]>;
  /**
   * Creates, or replaces all settings but the id and the creation time. Returns the ids of those created. Versions that
   * are replaced end at a position taken after they were read and before they are replaced.
   */
  put(trackers: readonly TrackerPut[], position: TakePosition): Promise<Set<string>>;
  /** Ends these, as `put` ends what it replaces. Returns the ids of those that were there. */
  end(ids: readonly string[], position: TakePosition): Promise<string[]>;
  /** As `end`, but nothing is noted of it: for trackers that can never return. */
  remove(ids: readonly string[]): Promise<string[]>;
  /** Sets the verbs of trackers whose verbs are still `from`, ends those with none left; returns the ids of both. */
  narrow(changes: readonly Narrowing[], position: TakePosition): Promise<string[]>;
  /** Versions that stand, of these tracker ids, in no order. */
  versions(ids: readonly string[]): Promise<TrackerVersion[]>;
  /** Sets `from` of those of these trackers that have none yet: the first who sets it decides for everyone. */
  date(ids: readonly string[], pos: number): Promise<void>;
  /** Versions of these users' trackers that ended, or are about to end. */
  ended(users: readonly string[]): Promise<EndedVersion[]>;
  /** Every item of these versions has been looked at. */
  looked(versions: readonly string[]): Promise<void>;
  /** Forgets all versions of this user's trackers that ended, unless there is one whose items have not been looked at. */
  forget(user: string): Promise<void>;
}

export interface Narrowing {
  id: string;
  from: readonly string[];
  to: readonly string[];
}
