import type { FeedDeps } from '../feed/deps.ts';
import type { LogDeps } from '../log.ts';
import type { Chores } from '../ports/queue.ts';

export interface TrackDeps extends FeedDeps, LogDeps {
  chores: Chores;
  /** Trackers that one user may have. */
  trackersPerUser: number;
}
