import { type AnyBulkWriteOperation, type QueryFilter, Types } from 'mongoose';
import { keyOf, trackerId, trackerRange } from '../../core/keys.ts';
import type { StoredTracker, TrackerMatch } from '../../core/model.ts';
import type { TrackerPut, TrackerScan, TrackerStore } from '../../core/ports/stores.ts';
import type { Models, TrackerDoc } from './models.ts';
import { type ReadOptions, told, within } from './reads.ts';

/** Values asked for at once: the time for a list of them grows faster than the list. */
const KEYS = 200;
const IDS = 1_000;
/** Users whose trackers are counted in one query. */
const COUNTED = 100;
/** Writes that are under way at once. */
const TOGETHER = 16;

const MATCH = { _id: 0, user: 1, key: 1, verbs: 1, actorOnly: 1, createdAt: 1, since: 1 } as const;

export class MongoTrackers implements TrackerStore {
  readonly #model: Models['trackers'];
  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
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

  async put(trackers: readonly TrackerPut[]): Promise<Set<string>> {
    const created = new Set<string>();
    // Asked for: of callers that upsert the same at once, DocumentDB tells several that it was they who inserted it.
    const createdBy = new Types.ObjectId().toHexString();
    for (let start = 0; start < trackers.length; start += IDS) {
      const some = trackers.slice(start, start + IDS);
      await this.#model.bulkWrite(
        some.map((each) => toUpsert(each, createdBy)),
        { ordered: false },
      );
      const own = await this.#model
        .find({ _id: { $in: some.map(({ id }) => id) }, createdBy }, { _id: 1 })
        .batchSize(IDS)
        .lean();
      for (const { _id } of own) created.add(_id);
    }
    return created;
  }

  remove(ids: readonly string[]): Promise<string[]> {
    return those(ids, async (id) => (await this.#model.deleteOne({ _id: id })).deletedCount > 0);
  }

  async narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<string[]> {
    const narrowed = await those(changes, async ({ id, from, to }) => {
      const filter = { _id: id, verbs: [...from] };
      if (to.length === 0) return (await this.#model.deleteOne(filter)).deletedCount > 0;
      return (await this.#model.updateOne(filter, { $set: { verbs: [...to] } })).matchedCount > 0;
    });
    return narrowed.map(({ id }) => id);
  }
}

/** Those of which it was true. One by one, as a write of many does not tell which it met. */
async function those<T>(all: readonly T[], isTrue: (one: T) => Promise<boolean>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < all.length; start += TOGETHER) {
    const some = all.slice(start, start + TOGETHER);
    const answers = await Promise.all(some.map(isTrue));
    found.push(...some.filter((_, index) => answers[index]));
  }
  return found;
}

/** The ids of a key's trackers behind `after`. */
function idsWithin(key: string, after: string | null): { $gt: string; $lt: string } {
  const [above, below] = trackerRange(key, null);
  return { $gt: after !== null && after > above ? after : above, $lt: below };
}

function toUpsert({ tracked, ...tracker }: TrackerPut, createdBy: string): AnyBulkWriteOperation<TrackerDoc> {
  const { id: _id, user, verbs, actorOnly, createdAt, since } = tracker;
  const settings = { user, key: keyOf(tracked), tracked, verbs, actorOnly };
  return {
    updateOne: {
      filter: { _id },
      update: {
        $set: since === null ? settings : { ...settings, since: new Date(since) },
        ...(since === null && { $unset: { since: '' } }),
        $setOnInsert: { createdAt: new Date(createdAt), createdBy },
      },
      upsert: true,
    },
  };
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
