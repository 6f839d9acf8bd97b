/**
 * Repairs the writes of crashed writers (decision 7): perhaps neither pushed nor revalidated (decision 15).
 */
import { asPosition } from '../../model/units.ts';
import type { InFlightWrite } from '../../ports/clock.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import { isRemoved } from '../../ports/feeds.ts';
import { resetFeeds } from './reset.ts';
import { toRemoveOrRedeliver, toRestore } from './revalidate.ts';
import { FeedWriter } from './writer.ts';

/** Changes read per feed to find those of the writer: up to 1,000, which come first unless marked since. */
const MAX_CHANGES = 5_000;

/** A slow writer that is still alive gives its items new positions itself. The repair does no harm then. */
export async function repairCrashedWrites(deps: FeedDeps): Promise<void> {
  for (const write of await deps.clock.crashedWriters()) {
    await repairWrite(deps, write);
    await deps.clock.release(write);
  }
}

async function repairWrite(deps: FeedDeps, { space, position, users }: InFlightWrite): Promise<void> {
  const stores = await deps.spaces.writer(space);
  const writer = new FeedWriter(deps, stores, space);
  const changedUsers: string[] = [];
  for (const user of users) {
    const changed = await stores.feeds.changes(
      user,
      { position: asPosition(position - 1), after: null },
      MAX_CHANGES,
    );
    // A later mark changed `position` and pushed the item, but did not revalidate it.
    const crashedItems = changed.filter(
      (item) =>
        item.position === position || ('deliveredPosition' in item && item.deliveredPosition === position),
    );
    if (crashedItems.length === 0) continue;
    changedUsers.push(user);
    const readPosition = await deps.clock.now(space);
    const inFeed = crashedItems.filter((item) => !isRemoved(item));
    const context = { space, stores };
    const removals = await toRemoveOrRedeliver(deps, context, inFeed, new Set([position]));
    // Items with undetermined visibility are left to the retry of the crashed job.
    const { upserts, actions } = await toRestore(deps, context, crashedItems.filter(isRemoved));
    await writer.write(
      { upserts, actions, removals },
      { readPosition, checkExisting: true, suppressPushes: true },
    );
  }
  await resetFeeds(deps, stores, space, changedUsers);
}
