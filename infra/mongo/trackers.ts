import type { QueryFilter } from 'mongoose';
import type { EndedVersion, StoredTracker, TrackerMatch, TrackerVersion } from '../../core/model/entities.ts';
import { trackerId, trackerRange } from '../../core/model/keys.ts';
import type {
  TakePosition,
  TrackerPut,
  TrackerScan,
  TrackerStore,
  VerbsChange,
} from '../../core/ports/stores.ts';
import { filterAsync } from './filter-async.ts';
import type { Models, TrackerDoc } from './models.ts';
import { mapReadErrors, type ReadOptions, withMaxTime } from './read-options.ts';
import {
  endTrackers,
  narrowTrackerVerbs,
  putTrackers,
  toEndedVersion,
  toTrackerVersion,
} from './tracker-versions.ts';

/** Keys per query. Query time grows faster than the number of keys. */
const KEYS_PER_QUERY = 200;
const IDS_PER_QUERY = 1_000;
/** Users per counting query. */
const USERS_PER_QUERY = 100;

const MATCH_FIELDS = { _id: 0, user: 1, key: 1, verbs: 1, actorOnly: 1, createdAt: 1, since: 1 } as const;

export class MongoTrackers implements TrackerStore {
  readonly #models: Models;
  readonly #model: Models['trackers'];
  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#models = models;
    this.#model = models.trackers;
    this.#readOptions = readOptions;
  }

  async countsByUser(users: readonly string[], limit: number): Promise<Map<string, number>> {
    if (users.length === 1) {
      const [user = ''] = users;
      return new Map([[user, await this.#model.countDocuments({ user }, { limit: limit + 1 })]]);
    }
    const counts = new Map<string, number>();
    for (let start = 0; start < users.length; start += USERS_PER_QUERY) {
      const found = await this.#model.aggregate<{ _id: string; count: number }>([
        { $match: { user: { $in: users.slice(start, start + USERS_PER_QUERY) } } },
        { $group: { _id: '$user', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of found) counts.set(_id, count);
    }
    return counts;
  }

  async findByKeys(keys: readonly string[], limit: number): Promise<TrackerMatch[]> {
    const found: TrackerMatch[] = [];
    for (let start = 0; start < keys.length && found.length < limit; start += KEYS_PER_QUERY) {
      const remaining = limit - found.length;
      const docs = await this.#model
        .find({ key: { $in: keys.slice(start, start + KEYS_PER_QUERY) } }, MATCH_FIELDS)
        .limit(remaining)
        // A single batch: a second one would take another round trip.
        .batchSize(remaining)
        .lean();
      found.push(...docs.map(toMatch));
    }
    return found;
  }

  async *byKey(key: string, after: string | null, chunkSize: number): AsyncIterable<TrackerMatch[]> {
    let last = after;
    for (;;) {
      const [above, below] = trackerRange(key, last);
      const docs = await this.#model
        .find({ _id: { $gt: above, $lt: below } }, MATCH_FIELDS)
        .sort({ _id: 1 })
        .limit(chunkSize)
        .batchSize(chunkSize)
        .lean();
      if (docs.length > 0) yield docs.map(toMatch);
      if (docs.length < chunkSize) return;
      last = docs.at(-1)?.user ?? null;
    }
  }

  async byIds(ids: readonly string[]): Promise<TrackerMatch[]> {
    const found: TrackerMatch[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const chunk = ids.slice(start, start + IDS_PER_QUERY);
      const docs = await this.#model
        .find({ _id: { $in: chunk } }, MATCH_FIELDS)
        .batchSize(IDS_PER_QUERY)
        .lean();
      found.push(...docs.map(toMatch));
    }
    return found;
  }

  async find(user: string, keys: readonly string[]): Promise<StoredTracker[]> {
    const found = await this.get(keys.map((key) => trackerId(user, key)));
    const order = new Map(keys.map((key, index) => [trackerId(user, key), index]));
    return found.sort((left, right) => (order.get(left.id) ?? 0) - (order.get(right.id) ?? 0));
  }

  async get(ids: readonly string[]): Promise<StoredTracker[]> {
    const found: StoredTracker[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const chunk = ids.slice(start, start + IDS_PER_QUERY);
      const docs = await this.#model
        .find({ _id: { $in: chunk } })
        .batchSize(IDS_PER_QUERY)
        .lean();
      found.push(...docs.map(fromDoc));
    }
    return found;
  }

  async scan({
    user,
    key,
    type,
    verb,
    after = null,
    limit,
    maxTimeMs,
  }: TrackerScan): Promise<StoredTracker[]> {
    const filter: QueryFilter<TrackerDoc> = {
      ...(user !== undefined && { user }),
      ...(type !== undefined && { 'tracked.type': type }),
      ...(verb !== undefined && { $or: [{ verbs: { $size: 0 } }, { verbs: verb }] }),
      ...(key === undefined ? after !== null && { _id: { $gt: after } } : { _id: idRange(key, after) }),
    };
    const readOptions = withMaxTime(this.#readOptions, maxTimeMs);
    const query = this.#model
      .find(filter)
      .sort({ _id: 1 })
      .limit(limit)
      .batchSize(limit)
      .setOptions(readOptions);
    return (await mapReadErrors(readOptions, query.lean())).map(fromDoc);
  }

  put(trackers: readonly TrackerPut[], takePosition: TakePosition): Promise<Set<string>> {
    return putTrackers(this.#models, trackers, takePosition);
  }

  end(ids: readonly string[], takePosition: TakePosition): Promise<string[]> {
    return endTrackers(this.#models, ids, takePosition);
  }

  remove(ids: readonly string[]): Promise<string[]> {
    return filterAsync(ids, async (id) => (await this.#model.deleteOne({ _id: id })).deletedCount > 0);
  }

  narrowVerbs(changes: readonly VerbsChange[], takePosition: TakePosition): Promise<string[]> {
    return narrowTrackerVerbs(this.#models, changes, takePosition);
  }

  async currentVersions(ids: readonly string[]): Promise<TrackerVersion[]> {
    const found: TrackerVersion[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const chunk = ids.slice(start, start + IDS_PER_QUERY);
      const docs = await this.#model
        .find({ _id: { $in: chunk } })
        .batchSize(IDS_PER_QUERY)
        .lean();
      found.push(...docs.map(toTrackerVersion));
    }
    return found;
  }

  async setStartPosition(ids: readonly string[], position: number): Promise<void> {
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const withoutStart = { version: { $exists: true }, from: { $exists: false } };
      const filter = { _id: { $in: ids.slice(start, start + IDS_PER_QUERY) }, ...withoutStart };
      await this.#model.updateMany(filter, { $set: { from: position } });
    }
  }

  async endedVersions(users: readonly string[]): Promise<EndedVersion[]> {
    const found = await this.#models.endedVersions
      .find({ user: { $in: [...users] } })
      .sort({ end: 1, _id: 1 })
      .lean();
    return found.map(toEndedVersion);
  }

  async markRevalidated(versions: readonly string[]): Promise<void> {
    if (versions.length === 0) return;
    await this.#models.endedVersions.updateMany({ _id: { $in: [...versions] } }, { $set: { done: true } });
  }

  async pruneEndedVersions(user: string): Promise<void> {
    const { endedVersions } = this.#models;
    if (await endedVersions.exists({ user, done: { $exists: false } })) return;
    await endedVersions.deleteMany({ user, done: true });
  }
}

/** The id range of a key's trackers after `after`. */
function idRange(key: string, after: string | null): { $gt: string; $lt: string } {
  const [above, below] = trackerRange(key, null);
  return { $gt: after !== null && after > above ? after : above, $lt: below };
}

const fromDoc = (doc: TrackerDoc): StoredTracker => ({
  id: doc._id,
  user: doc.user,
  tracked: doc.tracked,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  createdAt: doc.createdAt.getTime(),
  since: (doc.since ?? doc.createdAt).getTime(),
});

type MatchDoc = Pick<TrackerDoc, 'user' | 'key' | 'verbs' | 'actorOnly' | 'createdAt' | 'since'>;

const toMatch = (doc: MatchDoc): TrackerMatch => ({
  user: doc.user,
  key: doc.key,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  since: (doc.since ?? doc.createdAt).getTime(),
});
