import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { DeletedObject } from '../../core/model/entities.ts';
import { asPosition } from '../../core/model/units.ts';
import type { ObjectStore } from '../../core/ports/objects.ts';
import { batchesOf } from '../batches.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import { type ReadOptions, read } from './read-options.ts';
import { refSchema, schemaOptions } from './schema.ts';

/** A deleted object. */
export const objectSchema = new Schema(
  {
    /** Its key. */
    _id: { type: String, required: true },
    ref: { type: refSchema, required: true },
    actions: { type: String, enum: ['keep', 'delete'] as const, required: true },
    description: { type: String, required: true },
    /** JSON text, like the data of actions. */
    serialization: { type: String, required: true },
    pos: { type: Number, required: true },
  },
  { ...schemaOptions, collection: 'objects' },
);

export type ObjectDoc = InferSchemaType<typeof objectSchema>;

const KEYS_PER_QUERY = 1_000;

export function createObjectStore(objects: Model<ObjectDoc>, readOptions: ReadOptions): ObjectStore {
  async function deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    const found = new Map<string, DeletedObject>();
    for (const batch of batchesOf(keys, KEYS_PER_QUERY)) {
      const query = objects.find({ _id: { $in: batch } }).batchSize(KEYS_PER_QUERY);
      for (const doc of await read(query.lean(), readOptions)) found.set(doc._id, fromDoc(doc));
    }
    return found;
  }

  return {
    deleted,

    async keysByType(type, { after, limit }) {
      // `;` follows the colon in byte order, so it ends the keys of the type.
      const range = { $gt: after ?? `${type}:`, $lt: `${type};` };
      const docs = await objects.find({ _id: range }, { _id: 1 }).sort({ _id: 1 }).limit(limit).lean();
      return docs.map(({ _id }) => _id);
    },

    async delete(object) {
      try {
        await objects.insertMany([toDoc(object)], { lean: true });
        return object;
      } catch (error) {
        duplicateIndexes(error);
      }
      const { key, actions, position } = object;
      if (actions === 'delete') {
        await objects.updateOne({ _id: key, actions: 'keep' }, { $set: { actions, pos: position } });
      }
      const stored = (await deleted([key])).get(key);
      if (!stored) throw new Error(`deleted object ${key} already exists but cannot be read`);
      return stored;
    },
  };
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
  position: asPosition(doc.pos),
});
