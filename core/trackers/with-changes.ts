/**
 * Changes trackers and brings the feeds of their users in line. Tasks are leased before the write (decision
 * 14), and invalidations recorded around it (decision 15). For a few objects, the first page of the feed is
 * up to date when the call returns (decision 17).
 */
import type { Tracker } from '../../protocol/entities.ts';
import { invalidating } from '../consistency/invalidating.ts';
import { withTasks } from '../consistency/with-tasks.ts';
import type { TrackDeps } from '../ports/deps.ts';
import { trackersInvalidation, userInvalidation } from '../ports/invalidations.ts';
import type { Task } from '../ports/tasks.ts';
import { backfillBounds } from './backfill/bounds.ts';
import { backfillFirstPage } from './backfill/first-page.ts';

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
  const tasks = pairs.map((pair): Task => ({ kind: 'backfill', ...pair }));
  const names = [
    ...new Set(pairs.flatMap(({ user, key }) => [userInvalidation(user), trackersInvalidation(key)])),
  ];
  return await withTasks(deps.tasks, space, tasks, async (leased) => {
    // If this fails, the leases expire, and the tasks process whatever was written.
    const written = await invalidating(deps.invalidations, space, names, write);
    const completedUsers = await backfillFirstPages(deps, space, pairs);
    return {
      result: { written, pendingIds: leased.map(({ name }) => name) },
      remaining: leased.filter((_, index) => !completedUsers.has(pairs[index]?.user ?? '')),
    };
  });
}

/** Updates the first page of each user's feed now. Returns the users for whom nothing is left to workers. */
async function backfillFirstPages(
  deps: TrackDeps,
  space: string,
  pairs: readonly UserKeyPair[],
): Promise<ReadonlySet<string>> {
  const users = pairs.length > backfillBounds.maxObjects ? [] : [...new Set(pairs.map(({ user }) => user))];
  const completedUsers = new Set<string>();
  for (const user of users) {
    const keys = pairs.flatMap((pair) => (pair.user === user ? pair.key : []));
    if (await backfillFirstPage(deps, space, user, keys)) completedUsers.add(user);
  }
  return completedUsers;
}
