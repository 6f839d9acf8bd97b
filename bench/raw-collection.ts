/**
 * The baseline of stored documents: a collection with the same indexes as one of the hub's, used with the native driver. It gets
 * the documents that the hub stored, so like the hub's collection it grows with the rounds.
 */
import type mongoose from 'mongoose';
import type { ActionDoc } from '../infra/mongo/actions/document.ts';
import type { ItemDoc } from '../infra/mongo/items/document.ts';
import type { BenchEnvironment } from './environment.ts';

const BATCH_SIZE = 1_000;
/** Concurrent batches, as in the hub's worker. */
const CONCURRENCY = 2;

interface Documents {
  items: ItemDoc;
  actions: ActionDoc;
}

/** A collection of the hub, in the default space. */
export const hubCollection = <Name extends keyof Documents>(
  { mongo, database }: Pick<BenchEnvironment, 'mongo' | 'database'>,
  name: Name,
): mongoose.mongo.Collection<Documents[Name]> => mongo.db(database).collection<Documents[Name]>(name);

export class RawCollection<Doc extends ItemDoc | ActionDoc> {
  readonly hub: mongoose.mongo.Collection<Doc>;
  readonly raw: mongoose.mongo.Collection<Doc>;

  private constructor(hub: mongoose.mongo.Collection<Doc>, raw: mongoose.mongo.Collection<Doc>) {
    this.hub = hub;
    this.raw = raw;
  }

  /** Copies the indexes of the hub's collection, which must exist. */
  static async open<Name extends keyof Documents>(
    environment: Pick<BenchEnvironment, 'mongo' | 'database'>,
    name: Name,
    rawName = `raw_${name}`,
  ): Promise<RawCollection<Documents[Name]>> {
    const hub = hubCollection(environment, name);
    const { mongo, database } = environment;
    const db = mongo.db(database);
    // A section that failed may have left it.
    await db.dropCollection(rawName).catch(() => undefined);
    const raw = await db.createCollection<Documents[Name]>(rawName);
    for (const { key, v: _, ...options } of await hub.indexes()) {
      if (options.name !== '_id_') await raw.createIndex(key, options);
    }
    return new RawCollection(hub, raw);
  }

  /** Inserts the documents in unordered batches, two at a time. Returns the duration in seconds. */
  async insert(documents: ReadonlyArray<mongoose.mongo.OptionalUnlessRequiredId<Doc>>): Promise<number> {
    return await insertBatches(this.raw, documents);
  }

  async drop(): Promise<void> {
    await this.raw.drop();
  }
}

/** Inserts the documents in unordered batches, two at a time. Returns the duration in seconds. */
export async function insertBatches<Doc extends mongoose.mongo.Document>(
  collection: mongoose.mongo.Collection<Doc>,
  documents: ReadonlyArray<mongoose.mongo.OptionalUnlessRequiredId<Doc>>,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const writer = async () => {
    while (next < documents.length) {
      const batch = documents.slice(next, next + BATCH_SIZE);
      next += BATCH_SIZE;
      await collection.insertMany(batch, { ordered: false });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, writer));
  return (performance.now() - started) / 1_000;
}

/** The filter of the items of these actions, if no other actions were logged meanwhile: an item's id starts with its action's. */
export function itemsFilter(actions: readonly string[]): { _id: { $gt: string; $lt: string } } {
  const ids = [...actions].sort();
  return { _id: { $gt: `${ids[0]}:`, $lt: `${ids.at(-1)};` } };
}
