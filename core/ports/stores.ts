import type { ActionStore } from './actions.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { EventStore } from './events.ts';
import type { FeedStore } from './feeds.ts';
import type { ObjectStore } from './objects.ts';
import type { TrackerStore } from './trackers.ts';

/** The stores of one space. */
export interface Stores {
  actions: ActionStore;
  trackers: TrackerStore;
  feeds: FeedStore;
  objects: ObjectStore;
  events: EventStore;
  deadLetters: DeadLetterStore;
}

/** A space and its stores. */
export interface SpaceContext {
  space: string;
  stores: Stores;
}

export interface Spaces {
  /**
   * For reading. A space without data reads as empty. With a signal, reads stop with its reason when it is
   * aborted, and with `ReadTimeoutError` after 10 s.
   */
  reader(space: string, signal?: AbortSignal): Stores;
  /** For writing. Creates the indexes of the space on first use. */
  writer(space: string): Promise<Stores>;
}
