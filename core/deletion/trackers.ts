/** With `delete` nobody follows the object any longer. */
import { unwanted } from '../feed/recheck.ts';
import { FeedWriter } from '../feed/writer.ts';
import { trackerId } from '../keys.ts';
import type { DeletedObject, StoredAction } from '../model.ts';
import { userChurn } from '../ports/bus.ts';
import type { ActionPlace } from '../ports/stores.ts';
import type { DeletionDeps, Place } from './deps.ts';

/** Trackers, and items, handled together. */
const TOGETHER = 500;
/** Actions that stay, handled together. */
const CHUNK = 100;

/** Takes the object's trackers away, and out of feeds what nothing else holds there. */
export async function takeTrackers(deps: DeletionDeps, place: Place, { key }: DeletedObject): Promise<void> {
  const { space, stores } = place;
  for await (const trackers of stores.trackers.ofKey(key, null, TOGETHER)) {
    const names = trackers.map(({ user }) => userChurn(user));
    await deps.churn.begin(space, names);
    await stores.trackers.remove(trackers.map(({ user }) => trackerId(user, key)));
    await deps.churn.done(space, names);
  }
  await clearStaying(deps, place, key);
}

/** Of actions that were accepted after the deletion, and may have been followed by these trackers. */
async function clearStaying(deps: DeletionDeps, { space, stores }: Place, key: string): Promise<void> {
  const writer = new FeedWriter(deps, stores, space);
  for (let place: ActionPlace | null = null; ; ) {
    const actions: StoredAction[] = await stores.actions.find({ key, after: place, limit: CHUNK });
    const ids = actions.map((action) => action.id);
    for (let after: string | null = null; ids.length > 0; ) {
      const since = await deps.clock.now(space);
      const items = await stores.feeds.ofActions(ids, after, TOGETHER);
      const removals = await unwanted(deps, { space, stores }, items);
      await writer.write({ arrivals: [], actions: new Map(), removals }, { since });
      if (items.length < TOGETHER) break;
      after = items.at(-1)?.id ?? null;
    }
    const last = actions.at(-1);
    if (!last || actions.length < CHUNK) return;
    place = { time: last.timestamp, id: last.id };
  }
}
