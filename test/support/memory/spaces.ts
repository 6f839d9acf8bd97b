import type { Spaces, Stores } from '../../../core/ports/stores.ts';
import { MemoryActions } from './actions.ts';
import { MemoryDeadLetters } from './dead-letters.ts';
import { MemoryEvents } from './events.ts';
import { MemoryFeeds } from './feeds.ts';
import { MemoryObjects } from './objects.ts';
import { noPause, type Pause } from './pause.ts';
import { MemoryTrackers } from './trackers.ts';

export interface MemoryStores extends Stores {
  actions: MemoryActions;
  trackers: MemoryTrackers;
  feeds: MemoryFeeds;
  events: MemoryEvents;
  objects: MemoryObjects;
}

export class MemorySpaces implements Spaces {
  readonly #stores = new Map<string, MemoryStores>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  reader(space: string): MemoryStores {
    const known = this.#stores.get(space);
    if (known) return known;
    const stores = {
      actions: new MemoryActions(this.#pause),
      trackers: new MemoryTrackers(this.#pause),
      feeds: new MemoryFeeds(this.#pause),
      events: new MemoryEvents(),
      objects: new MemoryObjects(),
      deadLetters: new MemoryDeadLetters(),
    };
    this.#stores.set(space, stores);
    return stores;
  }

  async writer(space: string): Promise<MemoryStores> {
    return this.reader(space);
  }
}
