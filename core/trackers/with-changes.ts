/**
 * The common part of tracking and untracking: changes trackers and brings the feeds of their users in line.
 * Leases the background tasks before the write (decision 14). Records the invalidations before and after it
 * (decision 15). For a few objects, the first page of the feed is up to date when the call returns (decision
 * 17).
 */
import type { Tracker } from '../../protocol/entities.ts';
import { userInvalidation } from '../ports/bus.ts';
import type { PendingTask, Task } from '../ports/queue.ts';
import { backfillBounds } from './backfill/bounds.ts';
import { backfillFirstPage } from './backfill/first-page.ts';
import type { TrackDeps } from './deps.ts';

/** The result of changed trackers. */
export interface TrackResult {
  trackers: Tracker[];
  /** Task names and action ids. Feeds are up to date with the change when none of them is pending. */
  pendingIds: string[];
}

/** A user and the key of an object or class. */
export interface UserKeyPair {
  user: string;
  key: string;
}

export async function withTrackerChanges<T>(
  deps: TrackDeps,
  space: string,
  pairs: readonly UserKeyPair[],
  write: () => Promise<T>,
): Promise<{ written: T; pendingIds: string[] }> {
  const { tasks, invalidations } = deps;
  const pendingTasks = await tasks.lease(
    space,
    pairs.map((pair): Task => ({ kind: 'backfill', ...pair })),
  );
  const names = [...new Set(pairs.map(({ user }) => userInvalidation(user)))];
  await invalidations.begin(space, names);
  // If this fails, the leases expire, and the tasks process whatever was written.
  const written = await write();
  await invalidations.end(space, names);
  await backfillFirstPages(deps, space, pairs, pendingTasks);
  return { written, pendingIds: pendingTasks.map(({ name }) => name) };
}

/** Updates the first page of each user's feed now, and leaves the rest to workers. */
async function backfillFirstPages(
  deps: TrackDeps,
  space: string,
  pairs: readonly UserKeyPair[],
  pendingTasks: readonly PendingTask[],
): Promise<void> {
  const { tasks } = deps;
  const users = pairs.length > backfillBounds.maxObjects ? [] : [...new Set(pairs.map(({ user }) => user))];
  const completedUsers = new Set<string>();
  for (const user of users) {
    const keys = pairs.flatMap((pair) => (pair.user === user ? pair.key : []));
    if (await backfillFirstPage(deps, space, user, keys)) completedUsers.add(user);
  }
  const isCompleted = (_: unknown, index: number) => completedUsers.has(pairs[index]?.user ?? '');
  await Promise.all(pendingTasks.filter(isCompleted).map((each) => tasks.complete(space, each)));
  const remaining = pendingTasks.filter((each, index) => !isCompleted(each, index));
  if (remaining.length > 0) await tasks.markReady(space, remaining);
}
