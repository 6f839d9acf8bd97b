import type { Bus, NewId, PositionClock } from '../ports/bus.ts';
import type { Stores } from '../ports/stores.ts';

export interface ResetDeps {
  clock: PositionClock;
  bus: Bus;
  newId: NewId;
}

/** Users reset at a time. */
const TOGETHER = 1_000;

/**
 * To be called after changes that were not told one by one (`quiet`): what these users know from before is not to be
 * gone on from. Their floors rise to a position that no answer given before can have reached, and only then the
 * connected ones are told to reload.
 */
export async function resetFeeds(
  deps: ResetDeps,
  stores: Stores,
  space: string,
  users: Iterable<string>,
): Promise<void> {
  const all = [...new Set(users)];
  for (let start = 0; start < all.length; start += TOGETHER) {
    await resetSome(deps, stores, space, all.slice(start, start + TOGETHER));
  }
}

async function resetSome(
  { clock, bus, newId }: ResetDeps,
  stores: Stores,
  space: string,
  users: readonly string[],
): Promise<void> {
  const writer = newId();
  do {
    const pos = await clock.begin(space, writer, users);
    await stores.feeds.raiseFloors(users, pos);
    for (const user of users) await bus.publish(space, { kind: 'reset', user, pos });
    // Where it took so long that readers may have gone past the position, the floors rise once more.
  } while (!(await clock.end(space, writer)));
}
