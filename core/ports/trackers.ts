import type { StoredTracker, TrackerMatch } from '../model.ts';

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
  /** Creates, or replaces all settings but the id and the creation time. Answers the ids of those created. */
  put(trackers: readonly TrackerPut[]): Promise<Set<string>>;
  /** Answers the ids of those that were there. */
  remove(ids: readonly string[]): Promise<string[]>;
  /** Sets the verbs of trackers whose verbs are still `from`, removes those with none left; answers the ids of both. */
  narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<string[]>;
}
