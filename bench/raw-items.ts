/**
 * The baseline of fan-out: reads the items that the hub stored, and inserts them with the native driver into a collection
 * with the same indexes. Like the hub's collection, it grows with the rounds.
 */
import type mongoose from 'mongoose';
import type { ItemDoc } from '../infra/mongo/items/document.ts';
import type { BenchEnvironment } from './environment.ts';

const BATCH_SIZE = 1_000;
/** Concurrent batches, as in the hub's worker. */
const CONCURRENCY = 2;

type Collection = mongoose.mongo.Collection<ItemDoc>;

export class RawItems {
  readonly #hub: Collection;
  readonly #raw: Collection;

  private constructor(hub: Collection, raw: Collection) {
    this.#hub = hub;
    this.#raw = raw;
  }

  /** Copies the indexes of the hub's collection, which must exist. */
  static async open({ mongo, database }: BenchEnvironment): Promise<RawItems> {
    const db = mongo.db(database);
    const hub = db.collection<ItemDoc>('items');
    const raw = await db.createCollection<ItemDoc>('raw_items');
    for (const { key, v: _, ...options } of await hub.indexes()) {
      if (options.name !== '_id_') await raw.createIndex(key, options);
    }
    return new RawItems(hub, raw);
  }

  /** An item's id starts with its action's id, and the ids of a batch are consecutive. */
  itemsOf(actions: readonly string[]): Promise<ItemDoc[]> {
    const ids = [...actions].sort();
    return this.#hub.find({ _id: { $gt: `${ids[0]}:`, $lt: `${ids.at(-1)};` } }).toArray();
  }

  /** Returns the duration in seconds. */
  async insert(documents: readonly ItemDoc[]): Promise<number> {
    const started = performance.now();
    let next = 0;
    const writer = async () => {
      while (next < documents.length) {
        const batch = documents.slice(next, next + BATCH_SIZE);
        next += BATCH_SIZE;
        await this.#raw.insertMany(batch, { ordered: false });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, writer));
    return (performance.now() - started) / 1_000;
  }

  async drop(): Promise<void> {
    await this.#raw.drop();
  }
}
