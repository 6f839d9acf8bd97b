/**
 * Changes of trackers, one write each: a bulk write does not report which trackers matched. A new version replaces the current one by compare-and-set. The end of a version is recorded before it ends
 * (decision 41). If the version of such a record is still current, its change lost a race, or its process died. Readers ignore it.
 */
import { type QueryFilter, Types } from 'mongoose';
import { keyOf } from '../../../core/model/keys.ts';
import { FIRST_POSITION, type Position } from '../../../core/model/units.ts';
import type { TrackerPut, TrackerStore } from '../../../core/ports/trackers.ts';
import { batchesOf, filterAsync } from '../../batches.ts';
import { duplicateIndexes, foreignDuplicates } from '../duplicate-keys.ts';
import {
  findTrackers,
  idFilter,
  sinceOf,
  type TrackerDoc,
  type Trackers,
  toTrackerVersion,
  versionOf,
} from './document.ts';
import { type EndedVersions, recordEnd } from './ended-versions.ts';

type Settings = Pick<TrackerDoc, 'tracked' | 'verbs' | 'actorOnly' | 'since'>;

/** Trackers per command. */
const BATCH_SIZE = 1_000;

/** One write of trackers. */
interface Write {
  id: string;
  /** The position at which it ends versions. */
  endPosition: Position;
}

const newId = (): string => new Types.ObjectId().toHexString();

export function trackerWrites(
  trackers: Trackers,
  endedVersions: EndedVersions,
): Pick<TrackerStore, 'put' | 'end' | 'narrowVerbs'> {
  async function findById(ids: readonly string[]): Promise<Map<string, TrackerDoc>> {
    return new Map((await findTrackers(trackers, ids)).map((doc) => [doc._id, doc]));
  }

  /** Returns the ids of trackers that another write inserted. */
  async function insert(puts: readonly TrackerPut[], begunBy: string): Promise<string[]> {
    if (puts.length === 0) return [];
    const docs = puts.map(
      ({ id, user, tracked, verbs, actorOnly, createdAt, since }): TrackerDoc => ({
        _id: id,
        user,
        key: keyOf(tracked),
        tracked,
        verbs,
        actorOnly,
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
      return await foreignDuplicates(duplicateIndexes(error), ids, (duplicates) =>
        trackers.find({ ...idFilter(duplicates), begunBy }, { _id: 1 }).lean(),
      );
    }
  }

  /** Returns false if the document no longer has this version. */
  async function replace(write: Write, doc: TrackerDoc, settings: Settings): Promise<boolean> {
    const { tracked, verbs, actorOnly, since } = settings;
    const set = { tracked, verbs, actorOnly, ...(since && { since }) };
    const unset = since ? {} : { since: '' as const };
    const filter = versionFilter(doc);
    if (hasSameSettings(doc, settings)) {
      return (await trackers.updateOne(filter, { $set: set, $unset: unset })).matchedCount > 0;
    }
    await recordEndOf(write, doc);
    const { matchedCount } = await trackers.updateOne(filter, {
      $set: { ...set, version: newId(), begunBy: write.id, previous: versionOf(doc) },
      $unset: { ...unset, from: '' as const },
    });
    return matchedCount > 0;
  }

  /** Returns false if the document no longer has this version. */
  async function end(write: Write, doc: TrackerDoc): Promise<boolean> {
    await recordEndOf(write, doc);
    return (await trackers.deleteOne(versionFilter(doc))).deletedCount > 0;
  }

  async function recordEndOf({ id: endedBy, endPosition }: Write, doc: TrackerDoc): Promise<void> {
    const { _id: tracker, user, key, verbs, actorOnly, begunBy, previous } = doc;
    await recordEnd(endedVersions, {
      _id: versionOf(doc),
      tracker,
      user,
      key,
      verbs,
      actorOnly,
      since: sinceOf(doc),
      begunBy: begunBy ?? '',
      ...(previous && { previous }),
      from: await startOf(doc, endPosition),
      end: endPosition,
      endedBy,
      at: new Date(),
    });
  }

  /** The start position of the current version. If it has none yet, the position at which it ends becomes its start. */
  async function startOf(doc: TrackerDoc, endPosition: Position): Promise<number> {
    const { from } = toTrackerVersion(doc);
    if (from !== null) return from;
    const withoutStart = { ...versionFilter(doc), from: { $exists: false } };
    await trackers.updateOne(withoutStart, { $set: { from: endPosition } });
    return (await trackers.findOne(versionFilter(doc), { from: 1 }).lean())?.from ?? endPosition;
  }

  return {
    async put(puts, takePosition) {
      const created = new Set<string>();
      const id = newId();
      for (const batch of batchesOf(puts, BATCH_SIZE)) {
        for (let remaining = batch; remaining.length > 0; ) {
          const existing = await findById(remaining.map((each) => each.id));
          const endPosition = existing.size > 0 ? await takePosition() : FIRST_POSITION;
          const toCreate = remaining.filter((each) => !existing.has(each.id));
          const conflicts = new Set(await insert(toCreate, id));
          for (const each of toCreate) if (!conflicts.has(each.id)) created.add(each.id);
          const replaced = new Set(
            await filterAsync(remaining, async (each) => {
              const doc = existing.get(each.id);
              const since = each.since === null ? undefined : new Date(each.since);
              return doc !== undefined && replace({ id, endPosition }, doc, { ...each, since });
            }),
          );
          // Another write created or changed these trackers meanwhile.
          remaining = remaining.filter(
            (each) => conflicts.has(each.id) || (existing.has(each.id) && !replaced.has(each)),
          );
        }
      }
      return created;
    },

    async end(ids, takePosition) {
      const ended: string[] = [];
      const id = newId();
      for (let remaining = [...ids]; remaining.length > 0; ) {
        const existing = await findById(remaining);
        const endPosition = await takePosition();
        remaining = remaining.filter((each) => existing.has(each));
        const deleted = new Set(
          await filterAsync(remaining, async (each) => {
            const doc = existing.get(each);
            return doc !== undefined && end({ id, endPosition }, doc);
          }),
        );
        ended.push(...deleted);
        remaining = remaining.filter((each) => !deleted.has(each));
      }
      return ended;
    },

    async narrowVerbs(changes, takePosition) {
      const existing = await findById(changes.map((change) => change.id));
      const write = { id: newId(), endPosition: await takePosition() };
      const changed = await filterAsync(changes, async ({ id, from, to }) => {
        const doc = existing.get(id);
        if (!doc || JSON.stringify(doc.verbs) !== JSON.stringify(from)) return false;
        return to.length === 0 ? end(write, doc) : replace(write, doc, { ...doc, verbs: [...to] });
      });
      return changed.map(({ id }) => id);
    },
  };
}

const verbSetKey = (verbs: readonly string[]): string => JSON.stringify([...verbs].sort());

const hasSameSettings = (doc: Settings, to: Settings): boolean =>
  doc.actorOnly === to.actorOnly &&
  verbSetKey(doc.verbs) === verbSetKey(to.verbs) &&
  doc.since?.getTime() === to.since?.getTime();

const versionFilter = ({ _id, key, version }: TrackerDoc): QueryFilter<TrackerDoc> => ({
  _id,
  key,
  version: version ?? { $exists: false },
});
