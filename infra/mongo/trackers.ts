import type { QueryFilter } from 'mongoose';
import { trackerId, trackerRange } from '../../core/keys.ts';
import type { EndedVersion, StoredTracker, TrackerMatch, TrackerVersion } from '../../core/model.ts';
import type {
  Narrowing,
  TakePosition,
  TrackerPut,
  TrackerScan,
  TrackerStore,
} from '../../core/ports/stores.ts';
import type { Models, TrackerDoc } from './models.ts';
import { type ReadOptions, told, within } from './reads.ts';
import { those } from './those.ts';
import { endedFrom, endTrackers, narrowTrackers, putTrackers, versionFrom } from './tracker-versions.ts';

/** Values asked for at once: the time for a list of them grows faster than the list. */
const KEYS = 200;
const IDS = 1_000;
/** Users whose trackers are counted in one query. */
const COUNTED = 100;

const MATCH = { _id: 0, user: 1, key: 1, verbs: 1, actorOnly: 1, createdAt: 1, since: 1 } as const;

export class MongoTrackers implements TrackerStore {
  readonly #models: Models;
  readonly #model: Models['trackers'];
  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#models = models;
    this.#model = models.trackers;
    this.#reads = reads;
  }

  async countsOf(users: readonly string[], most: number): Promise<Map<string, number>> {
    if (users.length === 1) {
      const [user = ''] = users;
      return new Map([[user, await this.#model.countDocuments({ user }, { limit: most + 1 })]]);
    }
    const counts = new Map<string, number>();
    for (let start = 0; start < users.length; start += COUNTED) {
      const found = await this.#model.aggregate<{ _id: string; count: number }>([
        { $match: { user: { $in: users.slice(start, start + COUNTED) } } },
        { $group: { _id: '$user', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of found) counts.set(_id, count);
    }
    return counts;
  }

  async some(keys: readonly string[], limit: number): Promise<TrackerMatch[]> {
    const found: TrackerMatch[] = [];
    for (let start = 0; start < keys.length && found.length < limit; start += KEYS) {
      const left = limit - found.length;
      const docs = await this.#model
        .find({ key: { $in: keys.slice(start, start + KEYS) } }, MATCH)
        .limit(left)
        // All in one answer: a second batch would be a second round trip.
        .batchSize(left)
        .lean();
      found.push(...docs.map(toMatch));
    }
    return found;
  }

  async *ofKey(key: string, after: string | null, chunk: number): AsyncIterable<TrackerMatch[]> {
    let last = after;
    for (;;) {
      const [above, below] = trackerRange(key, last);
      const docs = await this.#model
        .find({ _id: { $gt: above, $lt: below } }, MATCH)
        .sort({ _id: 1 })
        .limit(chunk)
        .batchSize(chunk)
        .lean();
      if (docs.length > 0) yield docs.map(toMatch);
      if (docs.length < chunk) return;
      last = docs.at(-1)?.user ?? null;
    }
  }

  async byIds(ids: readonly string[]): Promise<TrackerMatch[]> {
    const found: TrackerMatch[] = [];
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      const docs = await this.#model
        .find({ _id: { $in: some } }, MATCH)
        .batchSize(IDS)
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
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      const docs = await this.#model
        .find({ _id: { $in: some } })
        .batchSize(IDS)
        .lean();
      found.push(...docs.map(fromDoc));
    }
    return found;
  }

  async scan({ user, key, type, verb, after = null, limit, mostMs }: TrackerScan): Promise<StoredTracker[]> {
    const filter: QueryFilter<TrackerDoc> = {
      ...(user !== undefined && { user }),
      ...(type !== undefined && { 'tracked.type': type }),
      ...(verb !== undefined && { $or: [{ verbs: { $size: 0 } }, { verbs: verb }] }),
      ...(key === undefined ? after !== null && { _id: { $gt: after } } : { _id: idsWithin(key, after) }),
    };
    const reads = within(this.#reads, mostMs);
    const query = this.#model.find(filter).sort({ _id: 1 }).limit(limit).batchSize(limit).setOptions(reads);
    return (await told(reads, query.lean())).map(fromDoc);
  }

  put(trackers: readonly TrackerPut[], position: TakePosition): Promise<Set<string>> {
    return putTrackers(this.#models, trackers, position);
  }

  end(ids: readonly string[], position: TakePosition): Promise<string[]> {
    return endTrackers(this.#models, ids, position);
  }

  remove(ids: readonly string[]): Promise<string[]> {
    return those(ids, async (id) => (await this.#model.deleteOne({ _id: id })).deletedCount > 0);
  }

  narrow(changes: readonly Narrowing[], position: TakePosition): Promise<string[]> {
    return narrowTrackers(this.#models, changes, position);
  }

  async versions(ids: readonly string[]): Promise<TrackerVersion[]> {
    const found: TrackerVersion[] = [];
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      const docs = await this.#model
        .find({ _id: { $in: some } })
        .batchSize(IDS)
        .lean();
      found.push(...docs.map(versionFrom));
    }
    return found;
  }

  async date(ids: readonly string[], pos: number): Promise<void> {
    for (let start = 0; start < ids.length; start += IDS) {
      const undated = { version: { $exists: true }, from: { $exists: false } };
      const filter = { _id: { $in: ids.slice(start, start + IDS) }, ...undated };
      await this.#model.updateMany(filter, { $set: { from: pos } });
    }
  }

  async ended(users: readonly string[]): Promise<EndedVersion[]> {
    const found = await this.#models.ended
      .find({ user: { $in: [...users] } })
      .sort({ end: 1, _id: 1 })
      .lean();
    return found.map(endedFrom);
  }

  async looked(versions: readonly string[]): Promise<void> {
    if (versions.length === 0) return;
    await this.#models.ended.updateMany({ _id: { $in: [...versions] } }, { $set: { done: true } });
  }

  async forget(user: string): Promise<void> {
    const { ended } = this.#models;
    if (await ended.exists({ user, done: { $exists: false } })) return;
    await ended.deleteMany({ user, done: true });
  }
}

/** The ids of a key's trackers behind `after`. */
function idsWithin(key: string, after: string | null): { $gt: string; $lt: string } {
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
