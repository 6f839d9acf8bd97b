/**
 * What writers leave that die on the way (decision 7): items that nobody was told of, or that were not looked at again
 * (decision 15). Their changes stay in flight, and are seen to by whoever sweeps up.
 */
import type { Flight } from '../ports/bus.ts';
import { isRemoved } from '../ports/feeds.ts';
import type { FeedDeps } from './deps.ts';
import { misplaced, wanted } from './recheck.ts';
import { resetFeeds } from './reset.ts';
import { FeedWriter } from './writer.ts';

/** Changes of one feed looked through for those of a writer; it makes 1,000 at the most, and they come first. */
const MOST_CHANGES = 5_000;

/** A writer that is slow but alive stamps what it wrote anew; seeing to it as well does no harm. */
export async function repairAbandoned(deps: FeedDeps): Promise<void> {
  for (const flight of await deps.clock.abandoned()) {
    await repair(deps, flight);
    await deps.clock.forget(flight);
  }
}

async function repair(deps: FeedDeps, { space, pos, users }: Flight): Promise<void> {
  const stores = await deps.spaces.writer(space);
  const writer = new FeedWriter(deps, stores, space);
  const touched: string[] = [];
  for (const user of users) {
    const changed = await stores.feeds.changes(user, { pos: pos - 1, after: null }, MOST_CHANGES);
    // What was marked since is told, but was not looked at again.
    const left = changed.filter((item) => item.pos === pos || ('entered' in item && item.entered === pos));
    if (left.length === 0) continue;
    touched.push(user);
    const since = await deps.clock.now(space);
    const here = left.filter((item) => !isRemoved(item));
    const place = { space, stores };
    const removals = await misplaced(deps, place, here, (entered) => entered === pos);
    // Where `visible` cannot say whether something belongs back, the dead one's work, which is done again, finds out.
    const { arrivals, actions } = await wanted(deps, place, left.filter(isRemoved));
    await writer.write({ arrivals, actions, removals }, { since, mayExist: true, quiet: true });
  }
  await resetFeeds(deps, stores, space, touched);
}
