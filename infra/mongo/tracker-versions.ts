/**
 * Changes of trackers. A new version replaces the current one by compare-and-set. The end of a version is recorded before it ends
 * (decision 41). If the version of such a record is still current, its change lost a race, or its process died. Readers ignore it.
 */
import { type QueryFilter, Types } from 'mongoose';
import type { EndedVersion, TrackerVersion } from '../../core/model/entities.ts';
import { keyOf } from '../../core/model/keys.ts';
import type { TakePosition, TrackerPut, VerbsChange } from '../../core/ports/stores.ts';
import { duplicateIndexes, foreignDuplicates } from './duplicate-keys.ts';
import { filterAsync } from './filter-async.ts';
import type { EndedVersionDoc, Models, TrackerDoc } from './models.ts';

type TrackerModels = Pick<Models, 'trackers' | 'endedVersions'>;
type Settings = Pick<TrackerDoc, 'verbs' | 'actorOnly' | 'since'>;

/** A write takes less time. An older record of a version that is still current belongs to a write that never finished. */
const STALE_WRITE_MS = 60_000;
/** Trackers per command. */
const BATCH_SIZE = 1_000;

/** One write of trackers. */
interface VersionWrite {
  models: TrackerModels;
  writeId: string;
  /** The position at which it ends versions. */
  endPosition: number;
}

const newId = (): string => new Types.ObjectId().toHexString();

/** Returns the ids of the trackers that were created. */
export async function putTrackers(
  models: TrackerModels,
  trackers: readonly TrackerPut[],
  takePosition: TakePosition,
): Promise<Set<string>> {
  const created = new Set<string>();
  const writeId = newId();
  for (let start = 0; start < trackers.length; start += BATCH_SIZE) {
    for (let remaining = trackers.slice(start, start + BATCH_SIZE); remaining.length > 0; ) {
      const existing = await findDocs(
        models,
        remaining.map(({ id }) => id),
      );
      const endPosition = existing.size > 0 ? await takePosition() : 0;
      const toCreate = remaining.filter(({ id }) => !existing.has(id));
      const conflicts = new Set(await insert(models, toCreate, writeId));
      for (const { id } of toCreate) if (!conflicts.has(id)) created.add(id);
      const replaced = new Set(
        await filterAsync(
          remaining.filter(({ id }) => existing.has(id)),
          (each) => replace({ models, writeId, endPosition }, existing.get(each.id), each),
        ),
      );
      // Another write created or changed these trackers meanwhile.
      remaining = remaining.filter(
        (each) => conflicts.has(each.id) || (existing.has(each.id) && !replaced.has(each)),
      );
    }
  }
  return created;
}

/** Returns the ids of the trackers that existed. */
export async function endTrackers(
  models: TrackerModels,
  ids: readonly string[],
  takePosition: TakePosition,
): Promise<string[]> {
  const ended: string[] = [];
  const writeId = newId();
  for (let remaining = [...ids]; remaining.length > 0; ) {
    const existing = await findDocs(models, remaining);
    const endPosition = await takePosition();
    remaining = remaining.filter((id) => existing.has(id));
    const deleted = new Set(
      await filterAsync(remaining, (id) => endVersion({ models, writeId, endPosition }, existing.get(id))),
    );
    ended.push(...deleted);
    remaining = remaining.filter((id) => !deleted.has(id));
  }
  return ended;
}

/** Returns the ids of the trackers whose verbs were still `from`. */
export async function narrowTrackerVerbs(
  models: TrackerModels,
  changes: readonly VerbsChange[],
  takePosition: TakePosition,
): Promise<string[]> {
  const existing = await findDocs(
    models,
    changes.map(({ id }) => id),
  );
  const write = { models, writeId: newId(), endPosition: await takePosition() };
  const changed = await filterAsync(changes, async ({ id, from, to }) => {
    const doc = existing.get(id);
    if (!doc || JSON.stringify(doc.verbs) !== JSON.stringify(from)) return false;
    if (to.length === 0) return endVersion(write, doc);
    return replaceSettings(write, doc, { ...doc, verbs: [...to] });
  });
  return changed.map(({ id }) => id);
}

async function findDocs(
  { trackers }: TrackerModels,
  ids: readonly string[],
): Promise<Map<string, TrackerDoc>> {
  const docs: TrackerDoc[] = [];
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    const chunk = ids.slice(start, start + BATCH_SIZE);
    docs.push(
      ...(await trackers
        .find({ _id: { $in: chunk } })
        .batchSize(BATCH_SIZE)
        .lean()),
    );
  }
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Returns the ids of trackers that another write inserted. */
async function insert(
  { trackers }: TrackerModels,
  puts: readonly TrackerPut[],
  begunBy: string,
): Promise<string[]> {
  if (puts.length === 0) return [];
  const docs = puts.map(
    ({ id, user, tracked, verbs, actorOnly, createdAt, since }): TrackerDoc => ({
      ...{ _id: id, user, key: keyOf(tracked), tracked, verbs, actorOnly },
      createdAt: new Date(createdAt),
      ...(since !== null && { since: new Date(since) }),
      version: newId(),
      begunBy,
    }),
  );
  try {
    await trackers.insertMany(docs, { lean: true, ordered: false });
    return [];
  } catch (error) {
    const ids = puts.map(({ id }) => id);
    return await foreignDuplicates(error, ids, (duplicates) =>
      trackers.find({ _id: { $in: duplicates }, begunBy }, { _id: 1 }).lean(),
    );
  }
}

async function replace(
  write: VersionWrite,
  doc: TrackerDoc | undefined,
  { tracked, verbs, actorOnly, since }: TrackerPut,
): Promise<boolean> {
  if (!doc) return false;
  return replaceSettings(write, doc, {
    tracked,
    verbs,
    actorOnly,
    ...(since !== null && { since: new Date(since) }),
  });
}

/** Returns false if the document no longer has this version. */
async function replaceSettings(
  write: VersionWrite,
  doc: TrackerDoc,
  { tracked, verbs, actorOnly, since }: Settings & Pick<TrackerDoc, 'tracked'>,
): Promise<boolean> {
  const { models, writeId } = write;
  const set = { tracked, verbs, actorOnly, ...(since && { since }) };
  const unset = since ? {} : { since: '' as const };
  if (hasSameSettings(doc, { verbs, actorOnly, since })) {
    const { matchedCount } = await models.trackers.updateOne(versionFilter(doc), {
      $set: set,
      $unset: unset,
    });
    return matchedCount > 0;
  }
  await recordEnd(write, doc);
  const { matchedCount } = await models.trackers.updateOne(versionFilter(doc), {
    $set: { ...set, version: newId(), begunBy: writeId, previous: versionOf(doc) },
    $unset: { ...unset, from: '' as const },
  });
  return matchedCount > 0;
}

/** Returns false if the document no longer has this version. */
async function endVersion(write: VersionWrite, doc: TrackerDoc | undefined): Promise<boolean> {
  if (!doc) return false;
  await recordEnd(write, doc);
  return (await write.models.trackers.deleteOne(versionFilter(doc))).deletedCount > 0;
}

/** Records the end of a version. The first record counts, unless it is stale because its process died. */
async function recordEnd({ models, writeId, endPosition }: VersionWrite, doc: TrackerDoc): Promise<void> {
  const { trackers, endedVersions } = models;
  let { from } = toTrackerVersion(doc);
  if (from === null) {
    await trackers.updateOne(
      { ...versionFilter(doc), from: { $exists: false } },
      { $set: { from: endPosition } },
    );
    from = (await trackers.findOne(versionFilter(doc), { from: 1 }).lean())?.from ?? endPosition;
  }
  const { _id: tracker, user, key, verbs, actorOnly, previous } = doc;
  const endedDoc: EndedVersionDoc = {
    ...{ _id: versionOf(doc), tracker, user, key, verbs, actorOnly, since: sinceOf(doc), at: new Date() },
    ...{ begunBy: doc.begunBy ?? '', from, end: endPosition, endedBy: writeId },
    ...(previous !== undefined && { previous }),
  };
  try {
    await endedVersions.insertMany([endedDoc], { lean: true, ordered: false });
  } catch (error) {
    duplicateIndexes(error);
    const { _id, at } = endedDoc;
    await endedVersions.updateOne(
      { _id, at: { $lt: new Date(at.getTime() - STALE_WRITE_MS) } },
      { $set: { from, end: endPosition, endedBy: writeId, at } },
    );
  }
}

const verbSetKey = (verbs: readonly string[]): string => JSON.stringify([...verbs].sort());

const hasSameSettings = (doc: Settings, to: Settings): boolean =>
  doc.actorOnly === to.actorOnly &&
  verbSetKey(doc.verbs) === verbSetKey(to.verbs) &&
  doc.since?.getTime() === to.since?.getTime();

const versionFilter = ({ _id, version }: TrackerDoc): QueryFilter<TrackerDoc> => ({
  _id,
  ...(version === undefined ? { version: { $exists: false } } : { version }),
});

export const sinceOf = ({ since, createdAt }: Pick<TrackerDoc, 'since' | 'createdAt'>): Date =>
  since ?? createdAt;

/** Trackers written before versions existed have none. */
const versionOf = (doc: TrackerDoc): string => doc.version ?? doc._id;

export function toTrackerVersion(doc: TrackerDoc): TrackerVersion {
  const { user, key, verbs, actorOnly, previous = null, version, from = null } = doc;
  const isUnversioned = version === undefined;
  const { begunBy = '' } = doc;
  return {
    ...{ user, key, verbs, actorOnly, since: sinceOf(doc).getTime(), previous, startedBy: begunBy },
    ...{ version: versionOf(doc), from: isUnversioned ? 0 : from },
  };
}

export function toEndedVersion(doc: EndedVersionDoc): EndedVersion {
  const { _id: version, user, key, verbs, actorOnly, previous = null, from, end } = doc;
  const { begunBy, endedBy } = doc;
  const since = doc.since.getTime();
  return { user, key, verbs, actorOnly, since, version, startedBy: begunBy, previous, from, end, endedBy };
}
