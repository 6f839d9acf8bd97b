import type { DeadAction, DeadLetter, DeadLetterStore, LetterState } from '../../core/ports/dead-letters.ts';
import type { DeadLetterDoc, Models } from './models.ts';
import { type ReadOptions, told } from './reads.ts';

/** Of one space. A letter holds up to a megabyte. */
const MAX_LETTERS = 250;
const MAX_BYTES = 67_108_864;
/** Bytes of letters after which a page ends. */
const PAGE_BYTES = 8_388_608;
const DAY_MS = 24 * 3_600_000;

export class MongoDeadLetters implements DeadLetterStore {
  readonly #model: Models['deadLetters'];
  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#model = models.deadLetters;
    this.#reads = reads;
  }

  async put(letter: DeadLetter): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>> {
    const { _id, ...fields } = toDoc(letter);
    await this.#model.updateOne({ _id }, { $set: fields, $unset: { expiresAt: '' } }, { upsert: true });
    return this.#makeRoom();
  }

  async get(id: string): Promise<LetterState> {
    const doc = await told(this.#reads, this.#model.findById(id).setOptions(this.#reads).lean());
    if (!doc) return null;
    return doc.expiresAt ? { kind: 'retried', ids: doc.ids } : { kind: 'dead', letter: fromDoc(doc) };
  }

  find(scan: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    return told(this.#reads, this.#find(scan));
  }

  async #find({ after, limit }: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    const at = after && new Date(after.at);
    const behind = at ? { $or: [{ at: { $lt: at } }, { at, _id: { $lt: after.id } }] } : {};
    // One at a time: a page of the largest would be a hundred megabytes.
    const docs = this.#model
      .find({ expiresAt: null, ...behind })
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .batchSize(10)
      .setOptions(this.#reads)
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

  async retried({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<void> {
    const expiresAt = new Date(Date.now() + DAY_MS);
    await this.#model.updateOne({ _id: id, entry }, { $set: { expiresAt, actions: null, bytes: 0 } });
  }

  async remove({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean> {
    const { deletedCount } = await this.#model.deleteOne({ _id: id, entry, expiresAt: null });
    return deletedCount > 0;
  }

  async #makeRoom(): Promise<Array<Pick<DeadLetter, 'id' | 'ids'>>> {
    const kept = await this.#model
      .find({ expiresAt: null }, { ids: 1, entry: 1, bytes: 1 })
      .sort({ at: -1, _id: -1 })
      .limit(MAX_LETTERS * 2)
      .lean();
    const removed: Array<Pick<DeadLetter, 'id' | 'ids'>> = [];
    let bytes = 0;
    for (const [index, { _id, entry, ids, bytes: size }] of kept.entries()) {
      bytes += size;
      if (index === 0 || (index < MAX_LETTERS && bytes <= MAX_BYTES)) continue;
      if (await this.remove({ id: _id, entry })) removed.push({ id: _id, ids });
    }
    return removed;
  }
}

function toDoc({ id, at, actions, ...letter }: DeadLetter): DeadLetterDoc {
  // As text, as the data of actions is: it may hold keys that documents may not.
  const text = actions && JSON.stringify(actions);
  return { _id: id, ...letter, at: new Date(at), actions: text, bytes: text?.length ?? 0 };
}

function fromDoc({ _id, at, actions, entry, reason, attempts, ids }: DeadLetterDoc): DeadLetter {
  const read = actions === null ? null : (JSON.parse(actions) as DeadAction[]);
  return { id: _id, entry, at: at.getTime(), reason, attempts, actions: read, ids };
}
