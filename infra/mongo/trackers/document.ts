import { type InferSchemaType, type Model, type QueryFilter, Schema } from 'mongoose';
import type { StoredTracker, TrackerMatch, TrackerVersion } from '../../../core/model/entities.ts';
import { keyOfTracker } from '../../../core/model/keys.ts';
import { asPosition, FIRST_POSITION } from '../../../core/model/units.ts';
import type { ClassRef, Ref } from '../../../protocol/entities.ts';
import { batchesOf } from '../../batches.ts';
import { fewDistinct } from '../few-distinct.ts';
import { millisOf, refSchema, schemaOptions } from '../schema.ts';

export const trackerSchema = new Schema(
  {
    /** `trackerId` of user and key. */
    _id: { type: String, required: true },
    user: { type: String, required: true },
    key: { type: String, required: true },
    tracked: { type: refSchema, required: true },
    verbs: [String],
    actorOnly: { type: Boolean, required: true },
    createdAt: { type: Date, required: true },
    /** Set only if it differs from the creation. */
    since: { type: Date },
    /** Version of its settings. The other fields are as in `TrackerVersion`. */
    version: { type: String },
    begunBy: { type: String },
    previous: { type: String },
    from: { type: Number },
  },
  { ...schemaOptions, collection: 'trackers' },
);
// Trackers of any of some objects; trackers of a user. The index on `_id` finds the trackers of one object, by user.
trackerSchema.index({ key: 1 });
trackerSchema.index({ user: 1, _id: 1 });

export type TrackerDoc = Omit<InferSchemaType<typeof trackerSchema>, 'tracked'> & { tracked: Ref | ClassRef };

export type Trackers = Model<TrackerDoc>;

const IDS_PER_QUERY = 1_000;

/** The filter of these trackers. It names their keys if they are few, so that a cluster asks only the shards of these keys. */
export function idFilter(ids: readonly string[]): QueryFilter<TrackerDoc> {
  const keys = fewDistinct(ids, keyOfTracker);
  return { _id: { $in: [...ids] }, ...(keys && { key: { $in: keys } }) };
}

/** Returns the trackers with these ids that exist, unordered. */
export async function findTrackers(
  trackers: Trackers,
  ids: readonly string[],
  fields?: typeof MATCH_FIELDS,
): Promise<TrackerDoc[]> {
  const found: TrackerDoc[] = [];
  for (const batch of batchesOf(ids, IDS_PER_QUERY)) {
    const query = trackers.find(idFilter(batch), fields).batchSize(IDS_PER_QUERY);
    found.push(...(await query.lean()));
  }
  return found;
}

export const sinceOf = ({ since, createdAt }: Pick<TrackerDoc, 'since' | 'createdAt'>): Date =>
  since ?? createdAt;

export const toTracker = (doc: TrackerDoc): StoredTracker => ({
  id: doc._id,
  user: doc.user,
  tracked: doc.tracked,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  createdAt: millisOf(doc.createdAt),
  since: millisOf(sinceOf(doc)),
});

/** The fields that `toMatch` needs. */
export const MATCH_FIELDS = {
  _id: 0,
  user: 1,
  key: 1,
  verbs: 1,
  actorOnly: 1,
  createdAt: 1,
  since: 1,
} as const;

type MatchDoc = Pick<TrackerDoc, 'user' | 'key' | 'verbs' | 'actorOnly' | 'createdAt' | 'since'>;

export const toMatch = (doc: MatchDoc): TrackerMatch => ({
  user: doc.user,
  key: doc.key,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  since: millisOf(sinceOf(doc)),
});

/** Trackers written before versions existed have none. */
export const versionOf = (doc: TrackerDoc): string => doc.version ?? doc._id;

export function toTrackerVersion(doc: TrackerDoc): TrackerVersion {
  const from = doc.version ? doc.from : FIRST_POSITION;
  return {
    ...toMatch(doc),
    version: versionOf(doc),
    startedBy: doc.begunBy ?? '',
    previous: doc.previous ?? null,
    from: typeof from === 'number' ? asPosition(from) : null,
  };
}
