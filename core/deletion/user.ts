/** Deletes the data of a deleted user: trackers, feed and marks. The user's actions are handled elsewhere. */
import { invalidating } from '../consistency/invalidating.ts';
import { resetFeeds } from '../feed/write/reset.ts';
import { keyOf } from '../model/keys.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import { trackersInvalidation, userInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';

/** Trackers or items per batch. */
const BATCH_SIZE = 1_000;

export async function deleteUserData(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  user: string,
): Promise<void> {
  for (let isComplete = false; !isComplete; ) {
    const trackers = await stores.trackers.scan({ user, limit: BATCH_SIZE });
    const names = [
      userInvalidation(user),
      ...trackers.map(({ tracked }) => trackersInvalidation(keyOf(tracked))),
    ];
    await invalidating(deps.invalidations, space, names, () =>
      stores.trackers.remove(trackers.map(({ id }) => id)),
    );
    isComplete = trackers.length < BATCH_SIZE;
  }
  while ((await stores.feeds.purge(user, BATCH_SIZE)) > 0);
  // Clients must not continue from a position of the deleted feed.
  await resetFeeds(deps, stores, space, [user]);
}
