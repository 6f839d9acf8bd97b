import type { QueryFilter } from 'mongoose';
import { toList } from '../../core/actions/conditions.ts';
import type { DeletedObject, MergedAction, Resolution, StoredAction } from '../../core/model/entities.ts';
import type {
  ActionConditions,
  ActionCursor,
  ActionScan,
  ActionStore,
  SimilarityQuery,
} from '../../core/ports/stores.ts';
import { deleteLive, deleteUnresolved, removeFromNotify, writeTombstone } from './action-deletions.ts';
import { type ActionDoc, fromLiveDoc, isLive, toLiveDoc, toMergedDoc, toResolution } from './action-docs.ts';
import { readCursor } from './cursor-reader.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import type { Models } from './models.ts';
import { mapReadErrors, type ReadOptions, withMaxTime } from './read-options.ts';

/** Keys per query. Query time grows faster than the number of keys, but not of ids. */
const KEYS_PER_QUERY = 200;
const IDS_PER_QUERY = 1_000;
/** The range of dates. Documents without a date are outside it. */
const MIN_DATE = -8_640_000_000_000_000;
const MAX_DATE = 8_640_000_000_000_000;

export class MongoActions implements ActionStore {
  readonly #model: Models['actions'];
  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#model = models.actions;
    this.#readOptions = readOptions;
  }

  async insertInOrder(
    resolved: ReadonlyArray<StoredAction | MergedAction>,
    position: number,
  ): Promise<number> {
    if (resolved.length === 0) return 0;
    const docs: ActionDoc[] = resolved.map((each) =>
      'into' in each ? toMergedDoc(each) : toLiveDoc(each, position),
    );
    try {
      await this.#model.insertMany(docs, { lean: true, ordered: true });
      return resolved.length;
    } catch (error) {
      return duplicateIndexes(error)[0] ?? 0;
    }
  }

  async resolutions(ids: readonly string[]): Promise<Map<string, Resolution>> {
    const docs = await this.#findDocs(ids);
    return new Map(docs.map((doc) => [doc._id, toResolution(doc)]));
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    const docs = await this.#findDocs(ids);
    return new Map(docs.filter(isLive).map((doc) => [doc._id, fromLiveDoc(doc)]));
  }

  async replace(action: StoredAction, expectedVersion: number, position: number): Promise<boolean> {
    const result = await this.#model.replaceOne(
      { _id: action.id, rev: expectedVersion },
      toLiveDoc(action, position),
    );
    return result.matchedCount === 1;
  }

  async advancePosition(ids: readonly string[], position: number): Promise<void> {
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const chunk = ids.slice(start, start + IDS_PER_QUERY);
      await this.#model.updateMany(
        { _id: { $in: chunk }, pos: { $lt: position } },
        { $set: { pos: position } },
      );
    }
  }

  async findSimilar({ keys, from, to, after, limit }: SimilarityQuery): Promise<StoredAction[]> {
    const found = new Map<string, StoredAction>();
    for (const [part, values] of Object.entries(keys)) {
      for (let start = 0; start < values.length; start += KEYS_PER_QUERY) {
        const page = await this.#newestFirst(
          { [`group.${part}`]: { $in: values.slice(start, start + KEYS_PER_QUERY) } },
          { sortBy: 'timestamp', since: from, until: to, after, limit },
        );
        for (const action of page) found.set(action.id, action);
      }
    }
    return [...found.values()]
      .sort((left, right) => right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1))
      .slice(0, limit);
  }

  async find(scan: ActionScan): Promise<StoredAction[]> {
    // The actor index is in feed order. In order of timestamp, the actor is found through `keys`, like any object.
    return this.#newestFirst(toFilter(scan, scan.sortBy === 'updatedAt'), scan);
  }

  async filterMatching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>> {
    const found = new Set<string>();
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const chunk = ids.slice(start, start + IDS_PER_QUERY);
      // The query should use the index on `_id`: of many actions about an object, only a few may be among these ids.
      const filter = { _id: { $in: chunk }, ...toFilter(conditions, true) };
      for (const { _id } of await this.#findIds(filter, IDS_PER_QUERY)) found.add(_id);
    }
    return found;
  }

  async idsByKey(key: string, limit: number): Promise<string[]> {
    return (await this.#findIds({ keys: key }, limit)).map(({ _id }) => _id);
  }

  async deleteMany(ids: readonly string[], position: number): Promise<StoredAction[]> {
    const deleted: StoredAction[] = [];
    for (let remaining = [...new Set(ids)]; remaining.length > 0; ) {
      const resolutions = await this.resolutions(remaining);
      const live = [...resolutions.values()].flatMap((each) => (each.kind === 'action' ? each.action : []));
      deleted.push(...live);
      await deleteLive(
        this.#model,
        live.map((action) => action.id),
        position,
      );
      // Ids that another process resolved meanwhile are deleted in the next round.
      remaining = await deleteUnresolved(
        this.#model,
        remaining.filter((id) => !resolutions.has(id)),
        position,
      );
    }
    return deleted;
  }

  writeTombstone(ids: readonly string[], object: DeletedObject, position: number): Promise<void> {
    return writeTombstone(this.#model, ids, object, position);
  }

  removeFromNotify(ids: readonly string[], users: readonly string[]): Promise<void> {
    return removeFromNotify(this.#model, ids, users);
  }

  async changedSince(key: string, position: number, limit: number): Promise<StoredAction[]> {
    const query = this.#model
      .find({ keys: key, pos: { $gt: position } })
      .limit(limit)
      .batchSize(limit)
      .setOptions(this.#readOptions);
    const docs = await mapReadErrors(this.#readOptions, query.lean());
    return docs.flatMap((doc) => (isLive(doc) ? fromLiveDoc(doc) : []));
  }

  async goneSince(key: string, position: number, limit: number): Promise<string[]> {
    const query = this.#model
      .find({ gone: true, goneKeys: key, pos: { $gt: position } }, { _id: 1 })
      .limit(limit)
      .batchSize(limit)
      .setOptions(this.#readOptions);
    const docs = await mapReadErrors(this.#readOptions, query.lean());
    return docs.map((doc) => doc._id);
  }

  get #collection() {
    const { db, collection } = this.#model;
    return db.collection<ActionDoc>(collection.name);
  }

  #findIds(filter: QueryFilter<ActionDoc>, limit: number): Promise<Array<{ _id: string }>> {
    const query = this.#model.find(filter, { _id: 1 }).limit(limit).batchSize(limit);
    return mapReadErrors(this.#readOptions, query.setOptions(this.#readOptions).lean());
  }

  async #findDocs(ids: readonly string[]): Promise<ActionDoc[]> {
    const docs: ActionDoc[] = [];
    for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
      const filter = { _id: { $in: ids.slice(start, start + IDS_PER_QUERY) } };
      const options = { ...this.#readOptions, batchSize: IDS_PER_QUERY };
      // Callers may request large results from a gateway at the same time, so decoding yields. Workers bound their reads.
      const found = this.#readOptions.signal
        ? readCursor(this.#collection.find(filter, options))
        : this.#model.find(filter).setOptions(options).lean();
      docs.push(...(await mapReadErrors(this.#readOptions, found)));
    }
    return docs;
  }

  async #newestFirst(
    filter: QueryFilter<ActionDoc>,
    { sortBy = 'timestamp', since, until, after, limit, maxTimeMs }: ActionScan,
  ): Promise<StoredAction[]> {
    const latest = Math.min(until ?? MAX_DATE, after?.time ?? MAX_DATE);
    const readOptions = withMaxTime(this.#readOptions, maxTimeMs);
    const query = this.#model
      .find({
        ...filter,
        // This bound is where the index scan starts. `olderThan` excludes the end of the previous page.
        [sortBy]: { $gte: new Date(since ?? MIN_DATE), $lte: new Date(latest) },
        ...(after && { $or: olderThan(sortBy, after) }),
      })
      .sort({ [sortBy]: -1, _id: -1 })
      .limit(limit)
      .batchSize(limit)
      .setOptions(readOptions);
    const docs = await mapReadErrors(readOptions, query.lean());
    return docs.flatMap((doc: ActionDoc) => (isLive(doc) ? [fromLiveDoc(doc)] : []));
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
    ...targetKeys.map((each) => ({ targets: { $elemMatch: parseKey(each) } })),
    ...relatedKeys.map((each) => ({ related: { $elemMatch: parseKey(each) } })),
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

const olderThan = (sortBy: 'timestamp' | 'updatedAt', { time, id }: ActionCursor) => [
  { [sortBy]: { $lt: new Date(time) } },
  { [sortBy]: new Date(time), _id: { $lt: id } },
];

function parseKey(key: string): { type: string; id: string } {
  const colon = key.indexOf(':');
  return { type: key.slice(0, colon), id: key.slice(colon + 1) };
}
