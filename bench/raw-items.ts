/**
 * The baseline of fan-out: the documents the hub stored, read back and inserted again by the native driver into a
 * collection with the same indexes. It grows with the rounds, as the hub's does.
 */
import type mongoose from 'mongoose';
import type { ItemDoc } from '../infra/mongo/item-docs.ts';
import type { Place } from './place.ts';

const BATCH = 1_000;
/** Batches under way at once; the hub's worker has as many. */
const WRITERS = 2;

type Collection = mongoose.mongo.Collection<ItemDoc>;

export class RawItems {
  readonly #hub: Collection;
  readonly #raw: Collection;

  private constructor(hub: Collection, raw: Collection) {
    this.#hub = hub;
    this.#raw = raw;
  }

  /** The hub has stored items before: their indexes are copied. */
  static async open({ mongo, database }: Place): Promise<RawItems> {
    const db = mongo.db(database);
    const hub = db.collection<ItemDoc>('items');
    const raw = await db.createCollection<ItemDoc>('raw_items');
    for (const { key, v: _, ...options } of await hub.indexes()) {
      if (options.name !== '_id_') await raw.createIndex(key, options);
    }
    return new RawItems(hub, raw);
  }

  /** An item's id begins with its action's, and ids of one batch follow each other. */
  itemsOf(actions: readonly string[]): Promise<ItemDoc[]> {
    const ids = [...actions].sort();
    return this.#hub.find({ _id: { $gt: `${ids[0]}:`, $lt: `${ids.at(-1)};` } }).toArray();
  }

  /** Answers the seconds it took. */
  async insert(documents: readonly ItemDoc[]): Promise<number> {
    const started = performance.now();
    let next = 0;
    const writer = async () => {
      while (next < documents.length) {
        const batch = documents.slice(next, next + BATCH);
        next += BATCH;
        await this.#raw.insertMany(batch, { ordered: false });
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
    return (performance.now() - started) / 1_000;
  }

  async drop(): Promise<void> {
    await this.#raw.drop();
  }
}
