import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { UnnumberedAction } from '../../core/model/entities.ts';
import type { DeadLetter, DeadLetterStore } from '../../core/ports/dead-letters.ts';
import { mapReadErrors, pageFilter, type ReadOptions, read } from './read-options.ts';
import { millisOf, schemaOptions } from './schema.ts';

/** A batch that no worker could process. */
export const deadLetterSchema = new Schema(
  {
    /** The id of the `DeadLetter`. */
    _id: { type: String, required: true },
    entry: { type: String, required: true },
    at: { type: Date, required: true },
    reason: { type: String, required: true },
    attempts: { type: Number, required: true },
    /** JSON text; `null` if it cannot be read, or after a retry. */
    actions: { type: String, default: null },
    ids: [String],
    bytes: { type: Number, required: true },
    /** Set when it was retried. */
    expiresAt: { type: Date },
  },
  { ...schemaOptions, collection: 'deadletters' },
);
deadLetterSchema.index({ at: -1, _id: -1 });
deadLetterSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export type DeadLetterDoc = InferSchemaType<typeof deadLetterSchema>;

/** Limits per space. A letter holds up to a megabyte. */
const MAX_LETTERS = 250;
const MAX_BYTES = 67_108_864;
/** A page ends before it exceeds this many bytes. */
const PAGE_BYTES = 8_388_608;
const DAY_MS = 24 * 3_600_000;

export function createDeadLetterStore(
  letters: Model<DeadLetterDoc>,
  readOptions: ReadOptions,
): DeadLetterStore {
  async function findPage({ after, limit }: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    // A cursor with small batches: a page of the largest letters would take a hundred megabytes.
    const docs = letters
      .find({ expiresAt: null, ...pageFilter('at', { after }) })
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .batchSize(10)
      .setOptions(readOptions)
      .lean()
      .cursor();
    const page: DeadLetter[] = [];
    let bytes = 0;
    for await (const doc of docs) {
      bytes += doc.bytes;
      if (page.length > 0 && bytes > PAGE_BYTES) break;
      page.push(fromDoc(doc));
    }
    return page;
  }

  async function remove({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean> {
    const { deletedCount } = await letters.deleteOne({ _id: id, entry, expiresAt: null });
    // The driver repeats a deletion whose response was lost, and the repetition deletes nothing.
    return deletedCount > 0 || (await letters.exists({ _id: id, entry })) === null;
  }

  async function evictOldest(): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>> {
    const docs = await letters
      .find({ expiresAt: null }, { ids: 1, entry: 1, bytes: 1 })
      .sort({ at: -1, _id: -1 })
      .limit(MAX_LETTERS * 2)
      .lean();
    const removed: Array<Pick<DeadLetter, 'id' | 'ids'>> = [];
    let bytes = 0;
    for (const [index, { _id: id, entry, ids, bytes: size }] of docs.entries()) {
      bytes += size;
      if (index === 0 || (index < MAX_LETTERS && bytes <= MAX_BYTES)) continue;
      if (await remove({ id, entry })) removed.push({ id, ids });
    }
    return removed;
  }

  return {
    async put(letter) {
      const { _id, ...fields } = toDoc(letter);
      await letters.updateOne({ _id }, { $set: fields, $unset: { expiresAt: '' } }, { upsert: true });
      return evictOldest();
    },

    async get(id) {
      const doc = await read(letters.findById(id).lean(), readOptions);
      if (!doc) return null;
      return doc.expiresAt ? { kind: 'retried', ids: doc.ids } : { kind: 'dead', letter: fromDoc(doc) };
    },

    find: (scan) => mapReadErrors(findPage(scan), readOptions),

    async markRetried({ id, entry }) {
      const expiresAt = new Date(Date.now() + DAY_MS);
      await letters.updateOne({ _id: id, entry }, { $set: { expiresAt, actions: null, bytes: 0 } });
    },

    remove,
  };
}

function toDoc({ id, entry, at, reason, attempts, actions, ids }: DeadLetter): DeadLetterDoc {
  // JSON text, like the data of actions: it may contain keys that documents must not.
  const text = actions && JSON.stringify(actions);
  return { _id: id, entry, at: new Date(at), reason, attempts, actions: text, ids, bytes: text?.length ?? 0 };
}

function fromDoc({ _id: id, at, actions, entry, reason, attempts, ids }: DeadLetterDoc): DeadLetter {
  const parsed = actions ? (JSON.parse(actions) as UnnumberedAction[]) : null;
  return { id, entry, at: millisOf(at), reason, attempts, actions: parsed, ids };
}
