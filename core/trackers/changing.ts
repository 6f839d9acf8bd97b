/**
 * What tracking and untracking have in common: trackers change, and the feeds of their users with them. What is owed is
 * said before (decision 14), what churns before and after (decision 15), and of one user's few objects the newest page
 * is right when the call is answered (decision 17).
 */
import type { Tracker } from '../../protocol/entities.ts';
import { followBounds } from '../follow/bounds.ts';
import { followNewest } from '../follow/newest.ts';
import { userChurn } from '../ports/bus.ts';
import type { Chore, Owed } from '../ports/queue.ts';
import type { TrackDeps } from './deps.ts';

/** What a change of trackers led to. */
export interface Changed {
  trackers: Tracker[];
  /** Names of chores and ids of actions: when none of them is pending, feeds are up to date with it. */
  awaits: string[];
}

/** A user and the key of an object or class. */
export interface Pair {
  user: string;
  key: string;
}

export async function changeTrackers<T>(
  deps: TrackDeps,
  space: string,
  pairs: readonly Pair[],
  write: () => Promise<T>,
): Promise<{ written: T; awaits: string[] }> {
  const { chores, churn } = deps;
  const owed = await chores.lease(
    space,
    pairs.map((pair): Chore => ({ kind: 'follow', ...pair })),
  );
  const churning = [...new Set(pairs.map(({ user }) => userChurn(user)))];
  await churn.begin(space, churning);
  // Where this fails the leases run out, and the chores find out what was written.
  const written = await write();
  await churn.done(space, churning);
  await bringInLine(deps, space, pairs, owed);
  return { written, awaits: owed.map(({ name }) => name) };
}

/** Does what a caller waits for now, and leaves the rest to workers. */
async function bringInLine(
  deps: TrackDeps,
  space: string,
  pairs: readonly Pair[],
  owed: readonly Owed[],
): Promise<void> {
  const { chores } = deps;
  const users = pairs.length > followBounds.objects ? [] : [...new Set(pairs.map(({ user }) => user))];
  const done = new Set<string>();
  for (const user of users) {
    const keys = pairs.flatMap((pair) => (pair.user === user ? pair.key : []));
    if (await followNewest(deps, space, user, keys)) done.add(user);
  }
  const isDone = (_: unknown, index: number) => done.has(pairs[index]?.user ?? '');
  await Promise.all(owed.filter(isDone).map((each) => chores.done(space, each)));
  const rest = owed.filter((each, index) => !isDone(each, index));
  if (rest.length > 0) await chores.ready(space, rest);
}
