import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { EndedVersion } from '../../../core/model/entities.ts';
import { asPosition } from '../../../core/model/units.ts';
import type { TrackerStore } from '../../../core/ports/trackers.ts';
import { duplicateIndexes } from '../duplicate-keys.ts';
import { millisOf, schemaOptions } from '../schema.ts';

/** A tracker version that ended or is about to end. */
export const endedVersionSchema = new Schema(
  {
    /** The version. */
    _id: { type: String, required: true },
    /** The tracker's id. */
    tracker: { type: String, required: true },
    user: { type: String, required: true },
    key: { type: String, required: true },
    verbs: [String],
    actorOnly: { type: Boolean, required: true },
    since: { type: Date, required: true },
    begunBy: { type: String },
    previous: { type: String },
    from: { type: Number, required: true },
    end: { type: Number, required: true },
    endedBy: { type: String, required: true },
    at: { type: Date, required: true },
    /** All items that it covered were revalidated. */
    done: { type: Boolean },
  },
  { ...schemaOptions, collection: 'endedtrackers' },
);
/** Versions that no task will revalidate, because the task was lost, expire after a week. */
const TTL_S = 7 * 24 * 3_600;
endedVersionSchema.index({ user: 1, end: 1 });
endedVersionSchema.index({ at: 1 }, { expireAfterSeconds: TTL_S });

export type EndedVersionDoc = InferSchemaType<typeof endedVersionSchema>;
export type EndedVersions = Model<EndedVersionDoc>;

/** A write takes less time. An older record of a version that is still current belongs to a write that never finished. */
const STALE_WRITE_MS = 60_000;

/** Records the end of a version. The first record counts, unless it is stale because its process died. */
export async function recordEnd(endedVersions: EndedVersions, doc: EndedVersionDoc): Promise<void> {
  try {
    await endedVersions.insertMany([doc], { lean: true, ordered: false });
  } catch (error) {
    duplicateIndexes(error);
    const { _id, user, from, end, endedBy, at } = doc;
    await endedVersions.updateOne(
      { _id, user, at: { $lt: new Date(at.getTime() - STALE_WRITE_MS) } },
      { $set: { from, end, endedBy, at } },
    );
  }
}

type Queries = Pick<TrackerStore, 'endedVersions' | 'markRevalidated' | 'pruneEndedVersions'>;

export const endedVersionQueries = (endedVersions: EndedVersions): Queries => ({
  async endedVersions(users) {
    const query = endedVersions.find({ user: { $in: [...users] } }).sort({ end: 1, _id: 1 });
    return (await query.lean()).map(toEndedVersion);
  },

  async markRevalidated(user, versions) {
    if (versions.length === 0) return;
    await endedVersions.updateMany({ user, _id: { $in: [...versions] } }, { $set: { done: true } });
  },

  async pruneEndedVersions(user) {
    if (await endedVersions.exists({ user, done: { $exists: false } })) return;
    await endedVersions.deleteMany({ user, done: true });
  },
});

const toEndedVersion = (doc: EndedVersionDoc): EndedVersion => ({
  user: doc.user,
  key: doc.key,
  verbs: doc.verbs,
  actorOnly: doc.actorOnly,
  since: millisOf(doc.since),
  version: doc._id,
  startedBy: doc.begunBy ?? '',
  previous: doc.previous ?? null,
  from: asPosition(doc.from),
  end: asPosition(doc.end),
  endedBy: doc.endedBy,
});
