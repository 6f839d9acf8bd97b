import type { LogDeps } from '../actions/accept.ts';
import type { FeedDeps } from '../feed/deps.ts';
import type { PendingTasks } from '../ports/queue.ts';

export interface TrackDeps extends FeedDeps, LogDeps {
  tasks: PendingTasks;
  /** The maximum number of trackers per user. */
  trackersPerUser: number;
}
