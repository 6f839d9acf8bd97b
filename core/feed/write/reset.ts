import { type FeedWriteDeps, withFeedWrite } from '../../consistency/feed-write.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Stores } from '../../ports/stores.ts';

export interface ResetDeps extends FeedWriteDeps {
  bus: Bus;
}

/** Users reset in one write. */
const BATCH_SIZE = 1_000;

/**
 * Makes the clients of these users reload. Call it after changes without pushes (`suppressPushes`). Raises
 * `resyncBefore` to a position later than any response so far, so that clients cannot continue from an older
 * one. Only then pushes the reset to connected clients.
 */
export async function resetFeeds(
  deps: ResetDeps,
  stores: Stores,
  space: string,
  users: Iterable<string>,
): Promise<void> {
  const all = [...new Set(users)];
  for (let start = 0; start < all.length; start += BATCH_SIZE) {
    await resetBatch(deps, stores, space, all.slice(start, start + BATCH_SIZE));
  }
}

async function resetBatch(
  deps: ResetDeps,
  stores: Stores,
  space: string,
  users: readonly string[],
): Promise<void> {
  const reset = async (position: number): Promise<void> => {
    await stores.feeds.forceResync(users, position);
    for (const user of users) await deps.bus.publish(space, { kind: 'reset', user, position });
  };
  await withFeedWrite(deps, space, users, { write: reset, advance: (_from, to) => reset(to) });
}
