import type { QueryFilter } from 'mongoose';
import { listOf } from '../../core/actions/conditions.ts';
import type { Decision, DeletedObject, MergedAction, StoredAction } from '../../core/model.ts';
import type {
  ActionConditions,
  ActionPlace,
  ActionScan,
  ActionStore,
  Similar,
} from '../../core/ports/stores.ts';
import { type ActionDoc, fromStanding, isStanding, toDecision, toMerged, toStanding } from './action-docs.ts';
import { buryStanding, buryUnknown, forgetUsers, showDeleted } from './deletions.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { Models } from './models.ts';
import { type ReadOptions, told, within } from './reads.ts';
import { inSlices } from './slices.ts';

/** Values asked for at once: the time for a list of them grows faster than the list, but for ids. */
const KEYS = 200;
const IDS = 1_000;
/** The bounds of dates. Documents without one are outside. */
const FIRST = -8_640_000_000_000_000;
const LAST = 8_640_000_000_000_000;

export class MongoActions implements ActionStore {
  readonly #model: Models['actions'];
  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#model = models.actions;
    this.#reads = reads;
  }

  async insertInOrder(decided: ReadonlyArray<StoredAction | MergedAction>, pos: number): Promise<number> {
    if (decided.length === 0) return 0;
    const docs: ActionDoc[] = decided.map((each) =>
      'into' in each ? toMerged(each) : toStanding(each, pos),
    );
    try {
      await this.#model.insertMany(docs, { lean: true, ordered: true });
      return decided.length;
    } catch (error) {
      return duplicateIndexes(error)[0] ?? 0;
    }
  }

  async decisions(ids: readonly string[]): Promise<Map<string, Decision>> {
    const docs = await this.#docs(ids);
    return new Map(docs.map((doc) => [doc._id, toDecision(doc)]));
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    const docs = await this.#docs(ids);
    return new Map(docs.filter(isStanding).map((doc) => [doc._id, fromStanding(doc)]));
  }

  async replace(action: StoredAction, rev: number, pos: number): Promise<boolean> {
    const result = await this.#model.replaceOne({ _id: action.id, rev }, toStanding(action, pos));
    return result.matchedCount === 1;
  }

  async restamp(ids: readonly string[], pos: number): Promise<void> {
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      await this.#model.updateMany({ _id: { $in: some }, pos: { $lt: pos } }, { $set: { pos } });
    }
  }

  async similar({ keys, from, to, after, limit }: Similar): Promise<StoredAction[]> {
    const found = new Map<string, StoredAction>();
    for (const [part, wanted] of Object.entries(keys)) {
      for (let start = 0; start < wanted.length; start += KEYS) {
        const some = await this.#newestFirst(
          { [`group.${part}`]: { $in: wanted.slice(start, start + KEYS) } },
          { by: 'timestamp', since: from, until: to, after, limit },
        );
        for (const action of some) found.set(action.id, action);
      }
    }
    return [...found.values()]
      .sort((left, right) => right.timestamp - left.timestamp || (left.id < right.id ? 1 : -1))
      .slice(0, limit);
  }

  async find(scan: ActionScan): Promise<StoredAction[]> {
    // What an actor did is kept in order of its place in feeds; in order of time it is found as an object.
    return this.#newestFirst(filterOf(scan, scan.by === 'updatedAt'), scan);
  }

  async matching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>> {
    const found = new Set<string>();
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      // The ids are the only index to use here: of many actions about an object few may be among them.
      const filter = { _id: { $in: some }, ...filterOf(conditions, true) };
      for (const { _id } of await this.#ids(filter, IDS)) found.add(_id);
    }
    return found;
  }

  async idsOf(key: string, most: number): Promise<string[]> {
    return (await this.#ids({ keys: key }, most)).map(({ _id }) => _id);
  }

  async bury(ids: readonly string[], pos: number): Promise<StoredAction[]> {
    const buried: StoredAction[] = [];
    for (let left = [...new Set(ids)]; left.length > 0; ) {
      const known = await this.decisions(left);
      const standing = [...known.values()].flatMap((each) => (each.kind === 'action' ? each.action : []));
      buried.push(...standing);
      await buryStanding(
        this.#model,
        standing.map((action) => action.id),
        pos,
      );
      // Those that another one decided about in between are looked at again.
      left = await buryUnknown(
        this.#model,
        left.filter((id) => !known.has(id)),
        pos,
      );
    }
    return buried;
  }

  showDeleted(ids: readonly string[], object: DeletedObject, pos: number): Promise<void> {
    return showDeleted(this.#model, ids, object, pos);
  }

  forgetUsers(ids: readonly string[], users: readonly string[]): Promise<void> {
    return forgetUsers(this.#model, ids, users);
  }

  async changedSince(key: string, pos: number, limit: number): Promise<StoredAction[]> {
    const query = this.#model
      .find({ keys: key, pos: { $gt: pos } })
      .limit(limit)
      .batchSize(limit)
      .setOptions(this.#reads);
    const docs = await told(this.#reads, query.lean());
    return docs.flatMap((doc) => (isStanding(doc) ? fromStanding(doc) : []));
  }

  async goneSince(key: string, pos: number, limit: number): Promise<string[]> {
    const query = this.#model
      .find({ gone: true, goneKeys: key, pos: { $gt: pos } }, { _id: 1 })
      .limit(limit)
      .batchSize(limit)
      .setOptions(this.#reads);
    const docs = await told(this.#reads, query.lean());
    return docs.map((doc) => doc._id);
  }

  get #collection() {
    const { db, collection } = this.#model;
    return db.collection<ActionDoc>(collection.name);
  }

  #ids(filter: QueryFilter<ActionDoc>, limit: number): Promise<Array<{ _id: string }>> {
    const query = this.#model.find(filter, { _id: 1 }).limit(limit).batchSize(limit);
    return told(this.#reads, query.setOptions(this.#reads).lean());
  }

  async #docs(ids: readonly string[]): Promise<ActionDoc[]> {
    const docs: ActionDoc[] = [];
    for (let start = 0; start < ids.length; start += IDS) {
      const filter = { _id: { $in: ids.slice(start, start + IDS) } };
      const options = { ...this.#reads, batchSize: IDS };
      // What many callers ask a gateway for at once may be large; what a worker reads it chose itself.
      const found = this.#reads.signal
        ? inSlices(this.#collection.find(filter, options))
        : this.#model.find(filter).setOptions(options).lean();
      docs.push(...(await told(this.#reads, found)));
    }
    return docs;
  }

  async #newestFirst(
    filter: QueryFilter<ActionDoc>,
    { by = 'timestamp', since, until, after, limit, mostMs }: ActionScan,
  ): Promise<StoredAction[]> {
    const latest = Math.min(until ?? LAST, after?.time ?? LAST);
    const reads = within(this.#reads, mostMs);
    const query = this.#model
      .find({
        ...filter,
        // The index begins here; `behind` leaves out what the last page ended with.
        [by]: { $gte: new Date(since ?? FIRST), $lte: new Date(latest) },
        ...(after && { $or: behind(by, after) }),
      })
      .sort({ [by]: -1, _id: -1 })
      .limit(limit)
      .batchSize(limit)
      .setOptions(reads);
    const docs = await told(reads, query.lean());
    return docs.flatMap((doc: ActionDoc) => (isStanding(doc) ? [fromStanding(doc)] : []));
  }
}

/** `isByActor`: the actor has an index of its own in the order that is asked for. */
function filterOf(
  { key, actor, actorType, target, related, verbs, isMerged, level }: ActionConditions,
  isByActor: boolean,
): QueryFilter<ActionDoc> {
  const [targets, relatives] = [listOf(target), listOf(related)];
  const byKey = isByActor ? [] : listOf(actor);
  const keys = [...new Set([...listOf(key), ...byKey, ...targets, ...relatives])];
  const roles = [
    ...targets.map((each) => ({ targets: { $elemMatch: partsOf(each) } })),
    ...relatives.map((each) => ({ related: { $elemMatch: partsOf(each) } })),
  ];
  return {
    ...(keys.length > 0 && { keys: keys.length === 1 ? keys[0] : { $all: keys } }),
    ...(actor !== undefined && { actorKey: actor }),
    ...(actorType !== undefined && { 'actor.type': actorType }),
    ...(roles.length > 0 && { $and: roles }),
    ...(verbs && verbs.length > 0 && { verb: { $in: [...verbs] } }),
    ...(isMerged && { count: { $gt: 1 } }),
    ...(level !== undefined && { level: { $gte: level } }),
  };
}

const behind = (by: 'timestamp' | 'updatedAt', { time, id }: ActionPlace) => [
  { [by]: { $lt: new Date(time) } },
  { [by]: new Date(time), _id: { $lt: id } },
];

function partsOf(key: string): { type: string; id: string } {
  const colon = key.indexOf(':');
  return { type: key.slice(0, colon), id: key.slice(colon + 1) };
}
