import { mongo, type QueryFilter } from 'mongoose';
import { toList } from '../../../core/actions/conditions.ts';
import type { StoredAction } from '../../../core/model/entities.ts';
import { yieldToEventLoop } from '../../../core/paging/event-loop.ts';
import type { ActionConditions, ActionScan, ActionStore } from '../../../core/ports/actions.ts';
import { batchesOf } from '../../batches.ts';
import { insertSerialized } from '../insert-serialized.ts';
import {
  MAX_DATE,
  MIN_DATE,
  mapReadErrors,
  pageFilter,
  type ReadOptions,
  read,
  withMaxTime,
} from '../read-options.ts';
import { actionEdits, deleteLive, deleteUnresolved } from './deletions.ts';
import {
  type ActionDoc,
  type Actions,
  fromLiveDoc,
  fromOutlineDoc,
  isLive,
  type LiveActionDoc,
  OUTLINE_FIELDS,
  refOf,
  toLiveDoc,
  toMergedDoc,
  toResolution,
} from './document.ts';

/** Keys per query. Query time grows faster than the number of keys, but not of ids. */
const KEYS_PER_QUERY = 200;
const IDS_PER_QUERY = 1_000;
/** Documents decoded before yielding to the event loop. The largest action takes half a millisecond. */
const DECODE_BATCH_SIZE = 4;

/** Bytes of documents in one command. A batch of the largest actions needs more than one. */
const MESSAGE_BYTES = 16_777_216;

const { BSON } = mongo;

export function createActionStore(actions: Actions, readOptions: ReadOptions): ActionStore {
  const find = (filter: QueryFilter<ActionDoc>, limit: number, fields?: { _id: 1 }): Promise<ActionDoc[]> =>
    read(actions.find(filter, fields).limit(limit).batchSize(limit).lean(), readOptions);

  async function findByIds(ids: readonly string[]): Promise<ActionDoc[]> {
    const docs: ActionDoc[] = [];
    const options = { ...readOptions, batchSize: IDS_PER_QUERY };
    for (const batch of batchesOf(ids, IDS_PER_QUERY)) {
      const filter = { _id: { $in: batch } };
      const collection = actions.db.collection<ActionDoc>(actions.collection.name);
      // Callers may request large results from a gateway at the same time, so decoding yields. Workers bound their reads.
      const found = readOptions.signal
        ? readCursor(collection.find(filter, options))
        : actions.find(filter).setOptions(options).lean();
      docs.push(...(await mapReadErrors(found, readOptions)));
    }
    return docs;
  }

  async function newestFirst(
    filter: QueryFilter<ActionDoc>,
    scan: ActionScan,
    fields?: typeof OUTLINE_FIELDS,
  ): Promise<LiveActionDoc[]> {
    const { sortBy = 'timestamp', since = MIN_DATE, until = MAX_DATE, after, limit, maxTimeMs } = scan;
    const query = actions
      .find({ ...filter, ...pageFilter(sortBy, { since, until, after }) }, fields)
      .sort({ [sortBy]: -1, _id: -1 })
      .limit(limit)
      .batchSize(limit);
    const docs: ActionDoc[] = await read(query.lean(), withMaxTime(readOptions, maxTimeMs));
    return docs.filter(isLive);
  }

  // The actor index is in feed order. In order of timestamp, the actor is found through `keys`, like any object.
  const scanFilter = (scan: ActionScan) => toFilter(scan, scan.sortBy === 'updatedAt');

  return {
    ...actionEdits(actions),

    async insertInOrder(resolved, position) {
      const docs = resolved.map((each) =>
        BSON.serialize('into' in each ? toMergedDoc(each) : toLiveDoc(each, position)),
      );
      let inserted = 0;
      for (const message of messagesOf(docs)) {
        const options = { ordered: true };
        const [duplicate] = await insertSerialized(actions, Buffer.concat(message), message.length, options);
        if (duplicate !== undefined) return inserted + duplicate;
        inserted += message.length;
      }
      return inserted;
    },

    async resolutions(ids) {
      return new Map((await findByIds(ids)).map((doc) => [doc._id, toResolution(doc)]));
    },

    async byIds(ids) {
      return new Map(liveActions(await findByIds(ids)).map((action) => [action.id, action]));
    },

    async replace(action, expectedVersion, position) {
      const filter = { _id: action.id, rev: expectedVersion };
      return (await actions.replaceOne(filter, toLiveDoc(action, position))).matchedCount === 1;
    },

    async advancePosition(ids, position) {
      for (const batch of batchesOf(ids, IDS_PER_QUERY)) {
        const filter = { _id: { $in: batch }, pos: { $lt: position } };
        await actions.updateMany(filter, { $set: { pos: position } });
      }
    },

    async findSimilar({ keys, from, to, after, limit }) {
      const found = new Map<string, StoredAction>();
      for (const [part, values] of Object.entries(keys)) {
        for (const batch of batchesOf(values, KEYS_PER_QUERY)) {
          const filter = { [`group.${part}`]: { $in: batch } };
          const page = await newestFirst(filter, { since: from, until: to, after, limit });
          for (const doc of page) found.set(doc._id, fromLiveDoc(doc));
        }
      }
      return [...found.values()]
        .sort((left, right) => right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1))
        .slice(0, limit);
    },

    async find(scan) {
      return (await newestFirst(scanFilter(scan), scan)).map(fromLiveDoc);
    },

    async findOutlines(scan) {
      return (await newestFirst(scanFilter(scan), scan, OUTLINE_FIELDS)).map(fromOutlineDoc);
    },

    async filterMatching(ids, conditions) {
      const found = new Set<string>();
      for (const batch of batchesOf(ids, IDS_PER_QUERY)) {
        // The query should use the index on `_id`: of many actions about an object, only a few may be among these ids.
        const filter = { _id: { $in: batch }, ...toFilter(conditions, true) };
        for (const { _id } of await find(filter, IDS_PER_QUERY, { _id: 1 })) found.add(_id);
      }
      return found;
    },

    async idsByKey(key, limit) {
      return (await find({ keys: key }, limit, { _id: 1 })).map(({ _id }) => _id);
    },

    async deleteMany(ids, position) {
      const deleted: StoredAction[] = [];
      for (let remaining = [...new Set(ids)]; remaining.length > 0; ) {
        const docs = await findByIds(remaining);
        const live = liveActions(docs);
        deleted.push(...live);
        const liveIds = live.map((action) => action.id);
        await deleteLive(actions, liveIds, position);
        const resolved = new Set(docs.map((doc) => doc._id));
        // Ids that another process resolved meanwhile are deleted in the next round.
        const unresolved = remaining.filter((id) => !resolved.has(id));
        remaining = await deleteUnresolved(actions, unresolved, position);
      }
      return deleted;
    },

    async changedSince(key, position, limit) {
      return liveActions(await find({ keys: key, pos: { $gt: position } }, limit));
    },

    async goneSince(key, position, limit) {
      const filter = { gone: true, goneKeys: key, pos: { $gt: position } } as const;
      return (await find(filter, limit, { _id: 1 })).map(({ _id }) => _id);
    },
  };
}

/** Divides documents into lists that each fit into one command. */
function messagesOf(docs: readonly Uint8Array[]): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  let room = 0;
  for (const doc of docs) {
    room -= doc.length;
    const last = messages.at(-1);
    if (last && room >= 0) last.push(doc);
    else {
      messages.push([doc]);
      room = MESSAGE_BYTES - doc.length;
    }
  }
  return messages;
}

const liveActions = (docs: readonly ActionDoc[]): StoredAction[] => docs.filter(isLive).map(fromLiveDoc);

/** Returns all documents of a cursor. They arrive together but are decoded one by one, so decoding yields in between. */
async function readCursor<T>(cursor: mongo.FindCursor<T>): Promise<T[]> {
  const docs: T[] = [];
  for (;;) {
    const batch = cursor.readBufferedDocuments(DECODE_BATCH_SIZE);
    if (batch.length > 0) docs.push(...batch);
    else {
      const next = await cursor.next();
      if (next === null) return docs;
      docs.push(next);
    }
    await yieldToEventLoop();
  }
}

/** `useActorIndex`: the actor index has the requested order. */
function toFilter(
  { key, actor, actorType, target, related, verbs, isMerged, level }: ActionConditions,
  useActorIndex: boolean,
): QueryFilter<ActionDoc> {
  const [targetKeys, relatedKeys] = [toList(target), toList(related)];
  const actorKeys = useActorIndex ? [] : toList(actor);
  const keys = [...new Set([...toList(key), ...actorKeys, ...targetKeys, ...relatedKeys])];
  const roleFilters = [
    ...targetKeys.map((each) => ({ targets: { $elemMatch: refOf(each) } })),
    ...relatedKeys.map((each) => ({ related: { $elemMatch: refOf(each) } })),
  ];
  return {
    ...(keys.length > 0 && { keys: keys.length === 1 ? keys[0] : { $all: keys } }),
    ...(actor !== undefined && { actorKey: actor }),
    ...(actorType !== undefined && { 'actor.type': actorType }),
    ...(roleFilters.length > 0 && { $and: roleFilters }),
    ...(verbs && verbs.length > 0 && { verb: { $in: [...verbs] } }),
    ...(isMerged && { count: { $gt: 1 } }),
    ...(level !== undefined && { level: { $gte: level } }),
  };
}
