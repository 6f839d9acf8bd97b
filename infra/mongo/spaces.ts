import type { Connection } from 'mongoose';
import type { Spaces, Stores } from '../../core/ports/stores.ts';
import { MongoActions } from './actions.ts';
import { MongoFeeds } from './feeds.ts';
import { createIndexes, type Models, modelsOf } from './models.ts';
import { MongoTrackers } from './trackers.ts';

const DEFAULT_DATABASE = 'hubbub';

interface Open extends Stores {
  models: Models;
  indexed: Promise<void> | null;
}

/** Each space is a database beside the one the address names, which is the default space's. */
export class MongoSpaces implements Spaces {
  readonly #connection: Connection;
  readonly #open = new Map<string, Open>();

  readonly #base: string;

  /** `uri`: what the connection was made with; its database is the default space's. */
  constructor(connection: Connection, uri: string) {
    this.#connection = connection;
    this.#base = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? DEFAULT_DATABASE;
  }

  reader(space: string): Stores {
    return this.#get(space);
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
    const known = this.#open.get(space);
    if (known) return known;
    const models = modelsOf(this.#connection.useDb(this.#databaseOf(space), { useCache: true }));
    const opened: Open = {
      models,
      indexed: null,
      actions: new MongoActions(models),
      trackers: new MongoTrackers(models),
      feeds: new MongoFeeds(models),
    };
    this.#open.set(space, opened);
    return opened;
  }

  #databaseOf(space: string): string {
    return space === 'default' ? this.#base : `${this.#base}-${space}`;
  }
}
