/** The data of spaces. Each store is described in a file of its own. */
import type { ActionStore } from './actions.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { EventStore } from './events.ts';
import type { FeedStore } from './feeds.ts';
import type { ObjectStore } from './objects.ts';
import type { TrackerStore } from './trackers.ts';

export type { ActionConditions, ActionPlace, ActionScan, ActionStore, Similar } from './actions.ts';
export type { EventScan, EventStore } from './events.ts';
export type { FeedPlace, FeedStore, ItemScan, Mark, MarkScan } from './feeds.ts';
export type { ObjectStore } from './objects.ts';
export type { Narrowing, TakePosition, TrackerPut, TrackerScan, TrackerStore } from './trackers.ts';

/** The data of one space. */
export interface Stores {
  actions: ActionStore;
  trackers: TrackerStore;
  feeds: FeedStore;
  objects: ObjectStore;
  events: EventStore;
  deadLetters: DeadLetterStore;
}

/** The space something is done in. */
export interface Place {
  space: string;
  stores: Stores;
}

export interface Spaces {
  /**
   * For reading: makes nothing; a space that was never written reads as empty. On behalf of a call each read stops when the
   * signal is aborted, with its reason, and after 10 s, with `TooSlow`.
   */
  reader(space: string, signal?: AbortSignal): Stores;
  /** For writing: makes the space's indexes the first time. */
  writer(space: string): Promise<Stores>;
}
