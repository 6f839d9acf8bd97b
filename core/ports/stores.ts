/** Ports of the stores. Each store is defined in a file of its own. */
import type { ActionStore } from './actions.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { EventStore } from './events.ts';
import type { FeedStore } from './feeds.ts';
import type { ObjectStore } from './objects.ts';
import type { TrackerStore } from './trackers.ts';

export type {
  ActionConditions,
  ActionCursor,
  ActionScan,
  ActionStore,
  SimilarityQuery,
} from './actions.ts';
export type { EventScan, EventStore } from './events.ts';
export type { FeedCursor, FeedStore, ItemScan, Mark, MarkScan } from './feeds.ts';
export type { ObjectStore } from './objects.ts';
export type {
  TakePosition,
  TrackerPut,
  TrackerScan,
  TrackerStore,
  VerbsChange,
} from './trackers.ts';

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
   * For reading. Creates nothing: a space without data reads as empty. With a signal, each read stops with
   * its reason when it is aborted, and with `ReadTimeoutError` after 10 s.
   */
  reader(space: string, signal?: AbortSignal): Stores;
  /** For writing. Creates the indexes of the space on first use. */
  writer(space: string): Promise<Stores>;
}
