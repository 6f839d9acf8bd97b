import { type AnyBulkWriteOperation, type Model, type QueryFilter, Schema } from 'mongoose';
import type { DeletedObject, Display } from '../../core/model/entities.ts';
import { keyOf } from '../../core/model/keys.ts';
import { asPosition } from '../../core/model/units.ts';
import type { ObjectStore } from '../../core/ports/objects.ts';
import type { Ref } from '../../protocol/entities.ts';
import { batchesOf } from '../batches.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import { type ReadOptions, read } from './read-options.ts';
import { refSchema, schemaOptions } from './schema.ts';

interface DeletionFields {
  ref: Ref;
  actions: 'keep' | 'delete';
  description: string;
  /** JSON text, like the data of actions. */
  serialization: string;
  pos: number;
}

/**
 * A registered or a deleted object. A deleted one has all fields of its deletion, and `display` if it was registered before. One
 * document, so that a single update decides between a registration and a concurrent deletion.
 */
export interface ObjectDoc extends Partial<DeletionFields> {
  /** Its key. */
  _id: string;
  display?: Display;
  /** Set with `display`, for the index. */
  registered?: true;
}
type DeletedDoc = ObjectDoc & DeletionFields;

export const objectSchema = new Schema<ObjectDoc>(
  {
    _id: { type: String, required: true },
    ref: { type: refSchema },
    actions: { type: String, enum: ['keep', 'delete'] as const },
    description: { type: String },
    serialization: { type: String },
    pos: { type: Number },
    display: { type: new Schema({ name: String, url: String, image: String }, { _id: false, id: false }) },
    registered: { type: Boolean },
  },
  { ...schemaOptions, collection: 'objects' },
);
// Whether there are registered objects.
objectSchema.index({ registered: 1 }, { partialFilterExpression: { registered: true } });

const KEYS_PER_QUERY = 1_000;

/** Never true of a deleted object. An upsert then tries to insert a second document, and reports a duplicate. */
const notDeleted = (key: string) => ({ _id: key, actions: { $exists: false } });

export function createObjectStore(objects: Model<ObjectDoc>, readOptions: ReadOptions): ObjectStore {
  async function find(keys: readonly string[], filter: QueryFilter<ObjectDoc>): Promise<ObjectDoc[]> {
    const found: ObjectDoc[] = [];
    for (const batch of batchesOf(keys, KEYS_PER_QUERY)) {
      const query = objects.find({ _id: { $in: batch }, ...filter }).batchSize(KEYS_PER_QUERY);
      found.push(...(await read(query.lean(), readOptions)));
    }
    return found;
  }

  async function deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    const docs = await find(keys, { actions: { $exists: true } });
    return new Map(docs.filter(isDeleted).map((doc) => [doc._id, fromDoc(doc)]));
  }

  /** Returns the indexes of the operations that would have inserted a second document. */
  async function write(operations: AnyBulkWriteOperation<ObjectDoc>[]): Promise<number[]> {
    try {
      await objects.bulkWrite(operations, { ordered: false });
      return [];
    } catch (error) {
      return duplicateIndexes(error);
    }
  }

  /** Returns the refs whose object another call registered or deleted at the same time, or before. */
  async function trySetDisplays(refs: readonly Ref[]): Promise<Ref[]> {
    return (await write(refs.map(displayUpdate))).flatMap((index) => refs[index] ?? []);
  }

  return {
    deleted,

    async keysByType(type, { after, limit }) {
      // `;` follows the colon in byte order, so it ends the keys of the type.
      const range = { $gt: after ?? `${type}:`, $lt: `${type};` };
      const filter = { _id: range, actions: { $exists: true } };
      const docs = await objects.find(filter, { _id: 1 }).sort({ _id: 1 }).limit(limit).lean();
      return docs.map(({ _id }) => _id);
    },

    async delete(object, removeDisplay = false) {
      const { key, actions, position } = object;
      const update = {
        $set: toFields(object),
        ...(removeDisplay && { $unset: { display: 1, registered: 1 } as const }),
      };
      const operation = { updateOne: { filter: notDeleted(key), update, upsert: true } };
      for (;;) {
        if ((await write([operation])).length === 0) return object;
        if (actions === 'delete') {
          await objects.updateOne({ _id: key, actions: 'keep' }, { $set: { actions, pos: position } });
        }
        const stored = (await deleted([key])).get(key);
        if (stored) return stored;
        // The object was registered at the same time. Now the update finds its document.
      }
    },

    async displays(keys) {
      const docs = await find(keys, { registered: true });
      return new Map(docs.flatMap(({ _id, display }) => (display ? [[_id, display]] : [])));
    },

    async hasDisplays() {
      const query = objects.find({ registered: true }, { _id: 1 }).limit(1);
      return (await read(query.lean(), readOptions)).length > 0;
    },

    async setDisplays(refs) {
      for (const batch of batchesOf(refs, KEYS_PER_QUERY)) {
        for (let remaining = await trySetDisplays(batch); remaining.length > 0; ) {
          const gone = await deleted(remaining.map(keyOf));
          remaining = await trySetDisplays(remaining.filter((ref) => !gone.has(keyOf(ref))));
        }
      }
    },
  };
}

function displayUpdate(ref: Ref): AnyBulkWriteOperation<ObjectDoc> {
  const { type: _, id: __, ...display } = ref;
  const filter = notDeleted(keyOf(ref));
  if (Object.keys(display).length === 0) return { deleteOne: { filter } };
  return { updateOne: { filter, update: { $set: { display, registered: true } }, upsert: true } };
}

const isDeleted = (doc: ObjectDoc): doc is DeletedDoc => doc.actions !== undefined;

const toFields = (object: DeletedObject): DeletionFields => ({
  ref: object.ref,
  actions: object.actions,
  description: object.description,
  serialization: JSON.stringify(object.serialization),
  pos: object.position,
});

const fromDoc = (doc: DeletedDoc): DeletedObject => ({
  key: doc._id,
  ref: doc.ref,
  actions: doc.actions,
  description: doc.description,
  serialization: JSON.parse(doc.serialization),
  position: asPosition(doc.pos),
});
