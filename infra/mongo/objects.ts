import type { DeletedObject } from '../../core/model/entities.ts';
import type { ObjectStore } from '../../core/ports/objects.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import type { Models, ObjectDoc } from './models.ts';
import { mapReadErrors, type ReadOptions } from './read-options.ts';

/** Keys per query. */
const KEYS_PER_QUERY = 1_000;

export class MongoObjects implements ObjectStore {
  readonly #model: Models['objects'];

  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#readOptions = readOptions;
    this.#model = models.objects;
  }

  async deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    const found = new Map<string, DeletedObject>();
    for (let start = 0; start < keys.length; start += KEYS_PER_QUERY) {
      const chunk = keys.slice(start, start + KEYS_PER_QUERY);
      const query = this.#model.find({ _id: { $in: chunk } }).batchSize(KEYS_PER_QUERY);
      const docs = await mapReadErrors(this.#readOptions, query.setOptions(this.#readOptions).lean());
      for (const doc of docs) found.set(doc._id, fromDoc(doc));
    }
    return found;
  }

  async keysByType(type: string, { after, limit }: { after?: string; limit: number }): Promise<string[]> {
    // `;` follows the colon in byte order, so it ends the keys of the type.
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
    const { key, actions, position } = object;
    if (actions === 'delete') {
      await this.#model.updateOne({ _id: key, actions: 'keep' }, { $set: { actions, pos: position } });
    }
    const stored = (await this.deleted([key])).get(key);
    if (!stored) throw new Error(`deleted object ${key} already exists but cannot be read`);
    return stored;
  }
}

const toDoc = (object: DeletedObject): ObjectDoc => ({
  _id: object.key,
  ref: object.ref,
  actions: object.actions,
  description: object.description,
  serialization: JSON.stringify(object.serialization),
  pos: object.position,
});

const fromDoc = (doc: ObjectDoc): DeletedObject => ({
  key: doc._id,
  ref: doc.ref,
  actions: doc.actions,
  description: doc.description,
  serialization: JSON.parse(doc.serialization),
  position: doc.pos,
});
