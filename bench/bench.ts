import type { Child } from './child.ts';
import type { HubClient } from './client.ts';
import type { Place } from './place.ts';
import type { Sizes } from './sizes.ts';

/** What every section works with. */
export interface Bench {
  hub: HubClient;
  /** The hub's one gateway and its one worker. */
  gateway: Child;
  worker: Child;
  place: Place;
  sizes: Sizes;
  /** A line for whoever waits; never on stdout. */
  progress(line: string): void;
}
