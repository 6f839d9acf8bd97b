import type {
  DeadLetter,
  DeadLetterAction,
  DeadLetterState,
  DeadLetterStore,
} from '../../core/ports/dead-letters.ts';
import type { DeadLetterDoc, Models } from './models.ts';
import { mapReadErrors, type ReadOptions } from './read-options.ts';

/** Limits per space. A letter holds up to a megabyte. */
const MAX_LETTERS = 250;
const MAX_BYTES = 67_108_864;
/** A page ends before it exceeds this many bytes. */
const PAGE_BYTES = 8_388_608;
const DAY_MS = 24 * 3_600_000;

export class MongoDeadLetters implements DeadLetterStore {
  readonly #model: Models['deadLetters'];
  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#model = models.deadLetters;
    this.#readOptions = readOptions;
  }

  async put(letter: DeadLetter): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>> {
    const { _id, ...fields } = toDoc(letter);
    await this.#model.updateOne({ _id }, { $set: fields, $unset: { expiresAt: '' } }, { upsert: true });
    return this.#evictOldest();
  }

  async get(id: string): Promise<DeadLetterState> {
    const doc = await mapReadErrors(
      this.#readOptions,
      this.#model.findById(id).setOptions(this.#readOptions).lean(),
    );
    if (!doc) return null;
    return doc.expiresAt ? { kind: 'retried', ids: doc.ids } : { kind: 'dead', letter: fromDoc(doc) };
  }

  find(scan: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    return mapReadErrors(this.#readOptions, this.#find(scan));
  }

  async #find({ after, limit }: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    const at = after && new Date(after.at);
    const pageFilter = at ? { $or: [{ at: { $lt: at } }, { at, _id: { $lt: after.id } }] } : {};
    // A cursor with small batches: a page of the largest letters would take a hundred megabytes.
    const docs = this.#model
      .find({ expiresAt: null, ...pageFilter })
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .batchSize(10)
      .setOptions(this.#readOptions)
      .lean()
      .cursor();
    const letters: DeadLetter[] = [];
    let bytes = 0;
    for await (const doc of docs) {
      bytes += doc.bytes;
      if (letters.length > 0 && bytes > PAGE_BYTES) break;
      letters.push(fromDoc(doc));
    }
    return letters;
  }

  async markRetried({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<void> {
    const expiresAt = new Date(Date.now() + DAY_MS);
    await this.#model.updateOne({ _id: id, entry }, { $set: { expiresAt, actions: null, bytes: 0 } });
  }

  async remove({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean> {
    const { deletedCount } = await this.#model.deleteOne({ _id: id, entry, expiresAt: null });
    // The driver repeats a deletion whose response was lost, and the repetition deletes nothing.
    return deletedCount > 0 || (await this.#model.exists({ _id: id, entry })) === null;
  }

  async #evictOldest(): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>> {
    const docs = await this.#model
      .find({ expiresAt: null }, { ids: 1, entry: 1, bytes: 1 })
      .sort({ at: -1, _id: -1 })
      .limit(MAX_LETTERS * 2)
      .lean();
    const removed: Array<Pick<DeadLetter, 'id' | 'ids'>> = [];
    let bytes = 0;
    for (const [index, { _id, entry, ids, bytes: size }] of docs.entries()) {
      bytes += size;
      if (index === 0 || (index < MAX_LETTERS && bytes <= MAX_BYTES)) continue;
      if (await this.remove({ id: _id, entry })) removed.push({ id: _id, ids });
    }
    return removed;
  }
}

function toDoc({ id, entry, at, reason, attempts, actions, ids }: DeadLetter): DeadLetterDoc {
  // JSON text, like the data of actions: it may contain keys that documents must not.
  const text = actions && JSON.stringify(actions);
  return { _id: id, entry, at: new Date(at), reason, attempts, actions: text, ids, bytes: text?.length ?? 0 };
}

function fromDoc({ _id, at, actions, entry, reason, attempts, ids }: DeadLetterDoc): DeadLetter {
  const parsed = actions === null ? null : (JSON.parse(actions) as DeadLetterAction[]);
  return { id: _id, entry, at: at.getTime(), reason, attempts, actions: parsed, ids };
}
