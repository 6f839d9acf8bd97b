/**
 * The shard key of every collection of a space, for a sharded MongoDB cluster (decision 53). `npm run mongo:shard` applies them.
 *
 * Two rules decide. A query that runs for every action or every page names the shard key, so that it asks one shard. And the
 * value follows from `_id`: a cluster keeps `_id` unique within each shard only, but documents with the same `_id` are then on the
 * same shard. So the unique `_id` fences writes in a cluster as it does on one server (decision 3).
 */
import type { Models } from './models.ts';

/** `1` divides a field into ranges, `hashed` spreads it evenly. */
export type ShardKey = Readonly<Record<string, 1 | 'hashed'>>;

/** `null`: the collection stays whole, on the shard of its database. */
export const shardKeys: Readonly<Record<keyof Models, ShardKey | null>> = {
  /**
   * Ids increase with time, so ranges of them would put every new action on the same shard. Stored actions are read by id.
   * Queries by object or similarity ask all shards: an action names many objects, and its id must decide about its shard.
   */
  actions: { _id: 'hashed' },
  /**
   * A feed is on one shard: its pages, counts, changes and marks. The items of an action are on all shards, as its readers are.
   * The user is the end of the `_id`. The indexes of pages and changes begin with the user, so this key needs none of its own.
   */
  items: { user: 1 },
  /**
   * Fan-out reads trackers by object for every action. Trackers of a user, who lists or counts them now and then, are on all
   * shards. The key is the beginning of the `_id`. It is hashed because new objects, which get most new trackers, often have
   * neighbouring ids.
   */
  trackers: { key: 'hashed' },
  /** Writers read them by user. A version belongs to one tracker, so to one user. */
  endedVersions: { user: 1 },
  /** One small document per user. */
  users: { _id: 1 },
  /**
   * Users list their own events. `_id` divides the events of nobody, such as anonymous page views. A retried event has the id and
   * the user that its key was claimed with.
   */
  events: { user: 1, _id: 1 },
  /** Clients choose keys, which may increase with time. */
  eventKeys: { _id: 'hashed' },
  /** Read by key for every batch. The deleted objects of a type are a range of keys. */
  objects: { _id: 1 },
  /** At most 250 documents, and one administrator who lists them. */
  deadLetters: null,
};
