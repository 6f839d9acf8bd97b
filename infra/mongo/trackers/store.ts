import type { QueryFilter } from 'mongoose';
import type { TrackerMatch } from '../../../core/model/entities.ts';
import { keyOfTracker, trackerId, trackerRange } from '../../../core/model/keys.ts';
import type { TrackerStore } from '../../../core/ports/trackers.ts';
import { batchesOf, filterAsync } from '../../batches.ts';
import { type ReadOptions, read, withMaxTime } from '../read-options.ts';
import {
  findTrackers,
  idFilter,
  MATCH_FIELDS,
  type TrackerDoc,
  type Trackers,
  toMatch,
  toTracker,
  toTrackerVersion,
} from './document.ts';
import { type EndedVersions, endedVersionQueries } from './ended-versions.ts';
import { readMatches } from './read-matches.ts';
import { trackerWrites } from './versions.ts';

/** Keys per query. Query time grows faster than the number of keys. */
const KEYS_PER_QUERY = 200;
const IDS_PER_WRITE = 1_000;
/** Trackers of one user in a message of the database. Almost all users have fewer. */
const TRACKERS_PER_BATCH = 1_000;
/** Users per counting query. */
const USERS_PER_QUERY = 100;

export const createTrackerStore = (
  trackers: Trackers,
  endedVersions: EndedVersions,
  readOptions: ReadOptions,
): TrackerStore => ({
  ...trackerWrites(trackers, endedVersions),
  ...endedVersionQueries(endedVersions),

  async countsByUser(users, limit) {
    const [only] = users;
    if (only !== undefined && users.length === 1) {
      return new Map([[only, await trackers.countDocuments({ user: only }, { limit: limit + 1 })]]);
    }
    const counts = new Map<string, number>();
    for (const batch of batchesOf(users, USERS_PER_QUERY)) {
      const found = await trackers.aggregate<{ _id: string; count: number }>([
        { $match: { user: { $in: batch } } },
        { $group: { _id: '$user', count: { $sum: 1 } } },
      ]);
      for (const { _id, count } of found) counts.set(_id, count);
    }
    return counts;
  },

  async findByKeys(keys, limit) {
    const found: TrackerMatch[] = [];
    for (const batch of batchesOf(keys, KEYS_PER_QUERY)) {
      const remaining = limit - found.length;
      if (remaining <= 0) break;
      const query = trackers.find({ key: { $in: batch } }, MATCH_FIELDS).limit(remaining);
      // A single batch: a second one would take another round trip.
      found.push(...(await query.batchSize(remaining).lean()).map(toMatch));
    }
    return found;
  },

  async *byKey(key, after, chunkSize) {
    let last = after;
    for (;;) {
      const [above, below] = trackerRange(key, last);
      const page = await readMatches(trackers, key, { key, _id: { $gt: above, $lt: below } }, chunkSize);
      if (page.length > 0) yield page;
      if (page.length < chunkSize) return;
      last = page.at(-1)?.user ?? null;
    }
  },

  async byIds(ids) {
    return (await findTrackers(trackers, ids, MATCH_FIELDS)).map(toMatch);
  },

  async find(user, keys) {
    const order = new Map(keys.map((key, index) => [trackerId(user, key), index]));
    const found = await findTrackers(trackers, [...order.keys()]);
    return found
      .sort((left, right) => (order.get(left._id) ?? 0) - (order.get(right._id) ?? 0))
      .map(toTracker);
  },

  async get(ids) {
    return (await findTrackers(trackers, ids)).map(toTracker);
  },

  async scan({ user, key, type, verb, after = null, limit, maxTimeMs }) {
    const filter: QueryFilter<TrackerDoc> = {
      ...(user !== undefined && { user }),
      ...(type !== undefined && { 'tracked.type': type }),
      ...(verb !== undefined && { $or: [{ verbs: { $size: 0 } }, { verbs: verb }] }),
      ...(key === undefined ? after !== null && { _id: { $gt: after } } : { key, _id: idRange(key, after) }),
    };
    const query = trackers.find(filter).sort({ _id: 1 }).limit(limit).batchSize(limit);
    return (await read(query.lean(), withMaxTime(readOptions, maxTimeMs))).map(toTracker);
  },

  remove(ids) {
    return filterAsync(ids, async (id) => {
      const { deletedCount } = await trackers.deleteOne({ _id: id, key: keyOfTracker(id) });
      return deletedCount > 0;
    });
  },

  async currentVersions(ids) {
    return (await findTrackers(trackers, ids)).map(toTrackerVersion);
  },

  async currentVersionsOf(user) {
    return (await trackers.find({ user }).batchSize(TRACKERS_PER_BATCH).lean()).map(toTrackerVersion);
  },

  async setStartPosition(ids, position) {
    for (const batch of batchesOf(ids, IDS_PER_WRITE)) {
      const withoutStart = { version: { $exists: true }, from: { $exists: false } };
      await trackers.updateMany({ ...idFilter(batch), ...withoutStart }, { $set: { from: position } });
    }
  },
});

/** The id range of a key's trackers after `after`. */
function idRange(key: string, after: string | null): { $gt: string; $lt: string } {
  const [above, below] = trackerRange(key, null);
  return { $gt: after !== null && after > above ? after : above, $lt: below };
}
