import { keyOf, trackerId, trackerRange } from '../../core/keys.ts';
import type { StoredTracker, TrackerMatch } from '../../core/model.ts';
import type { TrackerStore } from '../../core/ports/stores.ts';
import type { Models, TrackerDoc } from './models.ts';

/** Values asked for at once: the time for a list of them grows faster than the list. */
const KEYS = 200;
const IDS = 1_000;

const MATCH = { _id: 0, user: 1, key: 1, verbs: 1, actorOnly: 1, since: 1 } as const;

export class MongoTrackers implements TrackerStore {
  readonly #model: Models['trackers'];

  constructor(models: Models) {
    this.#model = models.trackers;
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
    const docs = await this.#model.find({ _id: { $in: keys.map((key) => trackerId(user, key)) } }).lean();
    const order = new Map(keys.map((key, index) => [key, index]));
    return docs
      .sort((left, right) => (order.get(left.key) ?? 0) - (order.get(right.key) ?? 0))
      .map((doc) => ({
        id: doc._id,
        user: doc.user,
        tracked: doc.tracked,
        verbs: doc.verbs,
        actorOnly: doc.actorOnly,
        createdAt: doc.createdAt.getTime(),
        since: doc.since.getTime(),
      }));
  }

  async put(trackers: readonly StoredTracker[]): Promise<StoredTracker[]> {
    await this.#model.bulkWrite(
      trackers.map((each) => {
        const { _id, createdAt, ...settings } = toDoc(each);
        return {
          updateOne: {
            filter: { _id },
            update: { $set: settings, $setOnInsert: { createdAt } },
            upsert: true,
          },
        };
      }),
      { ordered: false },
    );
    const [first] = trackers;
    if (!first) return [];
    return this.find(
      first.user,
      trackers.map((each) => keyOf(each.tracked)),
    );
  }

  async remove(user: string, keys: readonly string[]): Promise<void> {
    await this.#model.deleteMany({ _id: { $in: keys.map((key) => trackerId(user, key)) } });
  }

  async narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<number> {
    const result = await this.#model.bulkWrite(
      changes.map(({ id, from, to }) => {
        const filter = { _id: id, verbs: [...from] };
        return to.length > 0
          ? { updateOne: { filter, update: { $set: { verbs: [...to] } } } }
          : { deleteOne: { filter } };
      }),
      { ordered: false },
    );
    return result.matchedCount + result.deletedCount;
  }
}

function toDoc(tracker: StoredTracker): TrackerDoc {
  return {
    _id: tracker.id,
    user: tracker.user,
    key: keyOf(tracker.tracked),
    tracked: tracker.tracked,
    verbs: tracker.verbs,
    actorOnly: tracker.actorOnly,
    createdAt: new Date(tracker.createdAt),
    since: new Date(tracker.since),
  };
}

const toMatch = (doc: Pick<TrackerDoc, 'user' | 'key' | 'verbs' | 'actorOnly' | 'since'>): TrackerMatch => ({
  user: doc.user,
  key: doc.key,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  since: doc.since.getTime(),
});
