import type { Connection } from 'mongoose';
import type { Spaces, Stores } from '../../core/ports/stores.ts';
import { MongoActions } from './actions.ts';
import { MongoDeadLetters } from './dead-letters.ts';
import { MongoEvents } from './events.ts';
import { MongoFeeds } from './feeds.ts';
import { createIndexes, type Models, modelsOf } from './models.ts';
import { MongoObjects } from './objects.ts';
import { type ReadOptions, readsOf } from './reads.ts';
import { MongoTrackers } from './trackers.ts';

const DEFAULT_DATABASE = 'hubbub';

/** Spaces kept open by one process; of more, the one not used for longest is closed. Each costs below 100 KiB. */
export const MOST_OPEN_SPACES = 1_000;

interface Open extends Stores {
  database: Connection;
  models: Models;
  indexed: Promise<void> | null;
}

/**
 * Each space is a database beside the one the address names, which is the default space's. A space is **open** from
 * its first use until too many others were used since; used again, it is opened again and its indexes are made sure
 * of again. Whoever still holds the stores of a closed space can go on with them.
 */
export class MongoSpaces implements Spaces {
  readonly #connection: Connection;
  /** In the order of their last use. */
  readonly #open = new Map<string, Open>();
  readonly #most: number;
  readonly #base: string;

  /** `uri`: what the connection was made with; its database is the default space's. `most`: spaces kept open. */
  constructor(connection: Connection, uri: string, most = MOST_OPEN_SPACES) {
    this.#connection = connection;
    this.#most = most;
    this.#base = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? DEFAULT_DATABASE;
  }

  reader(space: string, signal?: AbortSignal): Stores {
    const open = this.#get(space);
    return signal ? storesOf(open.models, readsOf(signal)) : open;
  }

  async writer(space: string): Promise<Stores> {
    const open = this.#get(space);
    open.indexed ??= createIndexes(open.models);
    try {
      await open.indexed;
    } catch (error) {
      open.indexed = null;
      throw error;
    }
    return open;
  }

  #get(space: string): Open {
    const open = this.#open.get(space) ?? this.#make(space);
    // Behind all others: the first is the one not used for longest.
    this.#open.delete(space);
    this.#open.set(space, open);
    if (this.#open.size > this.#most) this.#closeFirst();
    return open;
  }

  #closeFirst(): void {
    const [first] = this.#open;
    if (!first) return;
    const [space, { database }] = first;
    this.#open.delete(space);
    letGo(this.#connection, database);
  }

  #make(space: string): Open {
    const database = this.#connection.useDb(this.#databaseOf(space));
    const models = modelsOf(database);
    return {
      database,
      models,
      indexed: null,
      ...storesOf(models, {}),
    };
  }

  #databaseOf(space: string): string {
    return space === 'default' ? this.#base : `${this.#base}-${space}`;
  }
}

const storesOf = (models: Models, reads: ReadOptions): Stores => ({
  actions: new MongoActions(models, reads),
  trackers: new MongoTrackers(models, reads),
  feeds: new MongoFeeds(models, reads),
  events: new MongoEvents(models, reads),
  objects: new MongoObjects(models, reads),
  deadLetters: new MongoDeadLetters(models, reads),
});

/**
 * Takes a database out of those the connection keeps for good. Not by `removeDb`, which also makes everything fail that
 * is still under way there.
 */
function letGo(connection: Connection, database: Connection): void {
  const { otherDbs } = connection as Connection & { otherDbs: Connection[] };
  const index = otherDbs.indexOf(database);
  if (index >= 0) otherDbs.splice(index, 1);
}
