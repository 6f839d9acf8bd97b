import { withFeedWrite } from '../../consistency/feed-write.ts';
import type { Position } from '../../model/units.ts';
import type { CoreDeps } from '../../ports/deps.ts';
import type { Stores } from '../../ports/stores.ts';

type ResetDeps = Pick<CoreDeps, 'bus' | 'clock' | 'newId'>;

/** Users reset in one write. */
const BATCH_SIZE = 1_000;

/**
 * Makes clients reload after changes without pushes (`suppressPushes`). Raises `resyncBefore` above the
 * position of any response so far, and only then pushes the reset to connected clients.
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
  const reset = async (position: Position): Promise<void> => {
    await stores.feeds.forceResync(users, position);
    for (const user of users) await deps.bus.publish(space, { kind: 'reset', user, position });
  };
  await withFeedWrite(deps, space, users, { write: reset, advance: (_from, to) => reset(to) });
}
