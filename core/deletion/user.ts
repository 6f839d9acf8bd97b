/** What a deleted user had, beside the actions it takes part in: its trackers, its feed and its marks. */
import { resetFeeds } from '../feed/reset.ts';
import { userChurn } from '../ports/bus.ts';
import type { DeletionDeps, Place } from './deps.ts';

/** Trackers, and items, handled together. */
const TOGETHER = 1_000;

export async function clearUser(deps: DeletionDeps, { space, stores }: Place, user: string): Promise<void> {
  const names = [userChurn(user)];
  await deps.churn.begin(space, names);
  for (;;) {
    const trackers = await stores.trackers.scan({ user, limit: TOGETHER });
    if (trackers.length > 0) await stores.trackers.remove(trackers.map((each) => each.id));
    if (trackers.length < TOGETHER) break;
  }
  await deps.churn.done(space, names);
  while ((await stores.feeds.drop(user, TOGETHER)) > 0);
  // Whoever still knows something of the feed is not to go on from it.
  await resetFeeds(deps, stores, space, [user]);
}
