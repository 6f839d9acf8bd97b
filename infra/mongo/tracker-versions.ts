/**
 * How trackers change: one version replaces another by compare-and-set, and each version that ends is noted before it does
 * (decision 41). A note of a version that still stands is of a change that lost, or whose process died: readers ignore it.
 */
import { type QueryFilter, Types } from 'mongoose';
import { keyOf } from '../../core/keys.ts';
import type { EndedVersion, TrackerVersion } from '../../core/model.ts';
import type { Narrowing, TakePosition, TrackerPut } from '../../core/ports/stores.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { EndedDoc, Models, TrackerDoc } from './models.ts';
import { those } from './those.ts';

type Changing = Pick<Models, 'trackers' | 'ended'>;
type Settings = Pick<TrackerDoc, 'verbs' | 'actorOnly' | 'since'>;

/** A write takes less: a note that is older, of a version that stands, is of one that never came about. */
const WRITE_MS = 60_000;
/** Trackers read, or inserted, by one command. */
const IDS = 1_000;

/** What one write of trackers is done under. */
interface Write {
  models: Changing;
  by: string;
  /** Versions that it ends end there. */
  pos: number;
}

const newId = (): string => new Types.ObjectId().toHexString();

/** Returns the ids of those created. */
export async function putTrackers(
  models: Changing,
  trackers: readonly TrackerPut[],
  position: TakePosition,
): Promise<Set<string>> {
  const created = new Set<string>();
  const by = newId();
  for (let start = 0; start < trackers.length; start += IDS) {
    for (let open = trackers.slice(start, start + IDS); open.length > 0; ) {
      const known = await docsOf(
        models,
        open.map(({ id }) => id),
      );
      const pos = known.size > 0 ? await position() : 0;
      const fresh = open.filter(({ id }) => !known.has(id));
      const late = new Set(await insert(models, fresh, by));
      for (const { id } of fresh) if (!late.has(id)) created.add(id);
      const replaced = new Set(
        await those(
          open.filter(({ id }) => known.has(id)),
          (each) => replace({ models, by, pos }, known.get(each.id), each),
        ),
      );
      // Someone else created or changed the others meanwhile.
      open = open.filter((each) => late.has(each.id) || (known.has(each.id) && !replaced.has(each)));
    }
  }
  return created;
}

/** Returns the ids of those that were there. */
export async function endTrackers(
  models: Changing,
  ids: readonly string[],
  position: TakePosition,
): Promise<string[]> {
  const ended: string[] = [];
  const by = newId();
  for (let open = [...ids]; open.length > 0; ) {
    const known = await docsOf(models, open);
    const pos = await position();
    open = open.filter((id) => known.has(id));
    const went = new Set(await those(open, (id) => finish({ models, by, pos }, known.get(id))));
    ended.push(...went);
    open = open.filter((id) => !went.has(id));
  }
  return ended;
}

/** Returns the ids of those whose verbs were still `from`. */
export async function narrowTrackers(
  models: Changing,
  changes: readonly Narrowing[],
  position: TakePosition,
): Promise<string[]> {
  const known = await docsOf(
    models,
    changes.map(({ id }) => id),
  );
  const write = { models, by: newId(), pos: await position() };
  const narrowed = await those(changes, async ({ id, from, to }) => {
    const doc = known.get(id);
    if (!doc || JSON.stringify(doc.verbs) !== JSON.stringify(from)) return false;
    if (to.length === 0) return finish(write, doc);
    return change(write, doc, { ...doc, verbs: [...to] });
  });
  return narrowed.map(({ id }) => id);
}

async function docsOf({ trackers }: Changing, ids: readonly string[]): Promise<Map<string, TrackerDoc>> {
  const docs: TrackerDoc[] = [];
  for (let start = 0; start < ids.length; start += IDS) {
    const some = ids.slice(start, start + IDS);
    docs.push(
      ...(await trackers
        .find({ _id: { $in: some } })
        .batchSize(IDS)
        .lean()),
    );
  }
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Returns the ids of those that were there. */
async function insert(
  { trackers }: Changing,
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
    return duplicateIndexes(error).flatMap((index) => puts[index]?.id ?? []);
  }
}

async function replace(
  write: Write,
  doc: TrackerDoc | undefined,
  { tracked, verbs, actorOnly, since }: TrackerPut,
): Promise<boolean> {
  if (!doc) return false;
  return change(write, doc, { tracked, verbs, actorOnly, ...(since !== null && { since: new Date(since) }) });
}

/** False where the document is no longer of this version. */
async function change(
  write: Write,
  doc: TrackerDoc,
  { tracked, verbs, actorOnly, since }: Settings & Pick<TrackerDoc, 'tracked'>,
): Promise<boolean> {
  const { models, by } = write;
  const set = { tracked, verbs, actorOnly, ...(since && { since }) };
  const unset = since ? {} : { since: '' as const };
  if (isSame(doc, { verbs, actorOnly, since })) {
    const { matchedCount } = await models.trackers.updateOne(standing(doc), { $set: set, $unset: unset });
    return matchedCount > 0;
  }
  await noteEnd(write, doc);
  const { matchedCount } = await models.trackers.updateOne(standing(doc), {
    $set: { ...set, version: newId(), begunBy: by, previous: versionOf(doc) },
    $unset: { ...unset, from: '' as const },
  });
  return matchedCount > 0;
}

/** False where the document is no longer of this version. */
async function finish(write: Write, doc: TrackerDoc | undefined): Promise<boolean> {
  if (!doc) return false;
  await noteEnd(write, doc);
  return (await write.models.trackers.deleteOne(standing(doc))).deletedCount > 0;
}

/** The first note of a version's end counts, unless it is of a write whose process died long ago. */
async function noteEnd({ models, by, pos }: Write, doc: TrackerDoc): Promise<void> {
  const { trackers, ended } = models;
  let { from } = versionFrom(doc);
  if (from === null) {
    await trackers.updateOne({ ...standing(doc), from: { $exists: false } }, { $set: { from: pos } });
    from = (await trackers.findOne(standing(doc), { from: 1 }).lean())?.from ?? pos;
  }
  const { _id: tracker, user, key, verbs, actorOnly, previous } = doc;
  const note: EndedDoc = {
    ...{ _id: versionOf(doc), tracker, user, key, verbs, actorOnly, since: sinceOf(doc), at: new Date() },
    ...{ begunBy: doc.begunBy ?? '', from, end: pos, endedBy: by },
    ...(previous !== undefined && { previous }),
  };
  try {
    await ended.insertMany([note], { lean: true, ordered: false });
  } catch (error) {
    duplicateIndexes(error);
    const { _id, at } = note;
    await ended.updateOne(
      { _id, at: { $lt: new Date(at.getTime() - WRITE_MS) } },
      { $set: { from, end: pos, endedBy: by, at } },
    );
  }
}

const asSet = (verbs: readonly string[]): string => JSON.stringify([...verbs].sort());

const isSame = (doc: Settings, to: Settings): boolean =>
  doc.actorOnly === to.actorOnly &&
  asSet(doc.verbs) === asSet(to.verbs) &&
  doc.since?.getTime() === to.since?.getTime();

const standing = ({ _id, version }: TrackerDoc): QueryFilter<TrackerDoc> => ({
  _id,
  ...(version === undefined ? { version: { $exists: false } } : { version }),
});

export const sinceOf = ({ since, createdAt }: Pick<TrackerDoc, 'since' | 'createdAt'>): Date =>
  since ?? createdAt;

/** A tracker that was written before versions were kept has none. */
const versionOf = (doc: TrackerDoc): string => doc.version ?? doc._id;

export function versionFrom(doc: TrackerDoc): TrackerVersion {
  const { user, key, verbs, actorOnly, previous = null, version, from = null } = doc;
  const isOld = version === undefined;
  const { begunBy = '' } = doc;
  return {
    ...{ user, key, verbs, actorOnly, since: sinceOf(doc).getTime(), previous, begunBy },
    ...{ version: versionOf(doc), from: isOld ? 0 : from },
  };
}

export function endedFrom(doc: EndedDoc): EndedVersion {
  const { _id: version, user, key, verbs, actorOnly, previous = null, from, end } = doc;
  const { begunBy, endedBy } = doc;
  const since = doc.since.getTime();
  return { user, key, verbs, actorOnly, since, version, begunBy, previous, from, end, endedBy };
}
