import type { DeletedObject } from '../../core/model.ts';
import type { ObjectStore } from '../../core/ports/objects.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { Models, ObjectDoc } from './models.ts';
import { type ReadOptions, told } from './reads.ts';

/** Ids asked for at once. */
const KEYS = 1_000;

export class MongoObjects implements ObjectStore {
  readonly #model: Models['objects'];

  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#reads = reads;
    this.#model = models.objects;
  }

  async deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    const found = new Map<string, DeletedObject>();
    for (let start = 0; start < keys.length; start += KEYS) {
      const some = keys.slice(start, start + KEYS);
      const query = this.#model.find({ _id: { $in: some } }).batchSize(KEYS);
      const docs = await told(this.#reads, query.setOptions(this.#reads).lean());
      for (const doc of docs) found.set(doc._id, fromDoc(doc));
    }
    return found;
  }

  async keysOf(type: string, { after, limit }: { after?: string; limit: number }): Promise<string[]> {
    // The colon's successor ends the keys of the type.
    const docs = await this.#model
      .find({ _id: { $gt: after ?? `${type}:`, $lt: `${type};` } }, { _id: 1 })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return docs.map(({ _id }) => _id);
  }

  async delete(object: DeletedObject): Promise<DeletedObject> {
    try {
      await this.#model.insertMany([toDoc(object)], { lean: true });
      return object;
    } catch (error) {
      duplicateIndexes(error);
    }
    const { key, actions, pos } = object;
    if (actions === 'delete') {
      await this.#model.updateOne({ _id: key, actions: 'keep' }, { $set: { actions, pos } });
    }
    const stored = (await this.deleted([key])).get(key);
    if (!stored) throw new Error(`the deletion of ${key} was refused and is not there`);
    return stored;
  }
}

const toDoc = (object: DeletedObject): ObjectDoc => ({
  _id: object.key,
  ref: object.ref,
  actions: object.actions,
  description: object.description,
  serialization: JSON.stringify(object.serialization),
  pos: object.pos,
});

const fromDoc = (doc: ObjectDoc): DeletedObject => ({
  key: doc._id,
  ref: doc.ref,
  actions: doc.actions,
  description: doc.description,
  serialization: JSON.parse(doc.serialization),
  pos: doc.pos,
});
