import type { Connection } from 'mongoose';
import type { Spaces, Stores } from '../../core/ports/stores.ts';
import { MongoActions } from './actions.ts';
import { MongoDeadLetters } from './dead-letters.ts';
import { MongoEvents } from './events.ts';
import { MongoFeeds } from './feeds.ts';
import { createIndexes, createModels, type Models } from './models.ts';
import { MongoObjects } from './objects.ts';
import { type ReadOptions, readOptionsFor } from './read-options.ts';
import { MongoTrackers } from './trackers.ts';

const DEFAULT_DATABASE = 'hubbub';

/** Maximum of open spaces per process. Beyond it the least recently used space is closed. Each costs less than 100 KiB. */
export const MAX_OPEN_SPACES = 1_000;

interface OpenSpace extends Stores {
  database: Connection;
  models: Models;
  indexed: Promise<void> | null;
}

/**
 * Each space has its own database. The default space has the one that the address names. A space is **open** from its first use
 * until too many other spaces were used since. The next use opens it again and ensures its indexes again. Stores of a closed space
 * stay usable.
 */
export class MongoSpaces implements Spaces {
  readonly #connection: Connection;
  /** Least recently used first. */
  readonly #open = new Map<string, OpenSpace>();
  readonly #maxOpen: number;
  readonly #baseName: string;

  /** `uri`: the address of the connection. Its database is the one of the default space. */
  constructor(connection: Connection, uri: string, maxOpen = MAX_OPEN_SPACES) {
    this.#connection = connection;
    this.#maxOpen = maxOpen;
    this.#baseName = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? DEFAULT_DATABASE;
  }

  reader(space: string, signal?: AbortSignal): Stores {
    const open = this.#get(space);
    return signal ? createStores(open.models, readOptionsFor(signal)) : open;
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

  #get(space: string): OpenSpace {
    const open = this.#open.get(space) ?? this.#openSpace(space);
    // Moves it to the end, so that the first is the least recently used.
    this.#open.delete(space);
    this.#open.set(space, open);
    if (this.#open.size > this.#maxOpen) this.#evictOldest();
    return open;
  }

  #evictOldest(): void {
    const [first] = this.#open;
    if (!first) return;
    const [space, { database }] = first;
    this.#open.delete(space);
    evict(this.#connection, database);
  }

  #openSpace(space: string): OpenSpace {
    const database = this.#connection.useDb(this.#databaseOf(space));
    const models = createModels(database);
    return {
      database,
      models,
      indexed: null,
      ...createStores(models, {}),
    };
  }

  #databaseOf(space: string): string {
    return space === 'default' ? this.#baseName : `${this.#baseName}-${space}`;
  }
}

const createStores = (models: Models, readOptions: ReadOptions): Stores => ({
  actions: new MongoActions(models, readOptions),
  trackers: new MongoTrackers(models, readOptions),
  feeds: new MongoFeeds(models, readOptions),
  events: new MongoEvents(models, readOptions),
  objects: new MongoObjects(models, readOptions),
  deadLetters: new MongoDeadLetters(models, readOptions),
});

/**
 * Removes a database from the list that the connection would keep forever. `removeDb` would also fail operations that still run
 * there.
 */
function evict(connection: Connection, database: Connection): void {
  const { otherDbs } = connection as Connection & { otherDbs: Connection[] };
  const index = otherDbs.indexOf(database);
  if (index >= 0) otherDbs.splice(index, 1);
}
