import { LRUCache } from 'lru-cache';
import type { Connection } from 'mongoose';
import type { Millis } from '../../core/model/units.ts';
import type { Spaces, Stores } from '../../core/ports/stores.ts';
import { createActionStore } from './actions/store.ts';
import { databaseOf, spaceOf } from './database-names.ts';
import { createDeadLetterStore } from './dead-letters.ts';
import { createEventStore } from './events.ts';
import { createFeedStore } from './items/feed-store.ts';
import { nextSnoozeEnd } from './items/snoozes.ts';
import { createIndexes, createModels, type Models } from './models.ts';
import { createObjectStore } from './objects.ts';
import { type ReadOptions, readOptionsFor } from './read-options.ts';
import { createTrackerStore } from './trackers/store.ts';

/** Maximum of open spaces per process. Beyond it the least recently used space is closed. Each costs less than 100 KiB. */
const MAX_OPEN_SPACES = 1_000;

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
  readonly #open: LRUCache<string, OpenSpace>;
  readonly #connection: Connection;
  readonly #uri: string;

  /** `uri`: the address of the connection. Its database is the one of the default space. */
  constructor(connection: Connection, uri: string, maxOpen = MAX_OPEN_SPACES) {
    this.#connection = connection;
    this.#uri = uri;
    this.#open = new LRUCache({
      max: maxOpen,
      memoMethod: (space) => openSpace(connection.useDb(databaseOf(uri, space))),
      dispose: ({ database }) => forgetDatabase(connection, database),
    });
  }

  reader(space: string, signal?: AbortSignal): Stores {
    const open = this.#open.memo(space);
    return signal ? createStores(open.models, readOptionsFor(signal)) : open;
  }

  /** Returns all spaces with the time at which their next snoozed item is due, without opening them. */
  async *nextSnoozeEnds(): AsyncGenerator<{ space: string; until: Millis }> {
    const client = this.#connection.getClient();
    const { databases } = await this.#connection.listDatabases();
    for (const { name } of databases) {
      const space = spaceOf(this.#uri, name);
      const until = space === null ? null : await nextSnoozeEnd(client.db(name));
      if (space !== null && until !== null) yield { space, until };
    }
  }

  async writer(space: string): Promise<Stores> {
    const open = this.#open.memo(space);
    open.indexed ??= createIndexes(open.models);
    try {
      await open.indexed;
    } catch (error) {
      open.indexed = null;
      throw error;
    }
    return open;
  }
}

function openSpace(database: Connection): OpenSpace {
  const models = createModels(database);
  return { database, models, indexed: null, ...createStores(models, {}) };
}

const createStores = (models: Models, readOptions: ReadOptions): Stores => ({
  actions: createActionStore(models.actions, readOptions),
  trackers: createTrackerStore(models.trackers, models.endedVersions, readOptions),
  feeds: createFeedStore(models.items, models.users, readOptions),
  events: createEventStore(models.events, models.eventKeys, readOptions),
  objects: createObjectStore(models.objects, readOptions),
  deadLetters: createDeadLetterStore(models.deadLetters, readOptions),
});

/**
 * Removes a database from the list that the connection would keep forever. `removeDb` would also fail operations that still run
 * there.
 */
function forgetDatabase(connection: Connection, database: Connection): void {
  const { otherDbs } = connection as Connection & { otherDbs: Connection[] };
  const index = otherDbs.indexOf(database);
  if (index >= 0) otherDbs.splice(index, 1);
}
