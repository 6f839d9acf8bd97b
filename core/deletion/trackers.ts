/** A deletion with `delete` also removes the object's trackers, and the items that only they brought. */
import { invalidating } from '../consistency/invalidating.ts';
import { splitByEligibility } from '../feed/write/revalidate.ts';
import { FeedWriter } from '../feed/write/writer.ts';
import type { DeletedObject, StoredAction } from '../model/entities.ts';
import { trackerId } from '../model/keys.ts';
import { cursorOf, type TimeCursor } from '../paging/cursor.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import { trackersInvalidation, userInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';

/** Trackers or items per batch. */
const BATCH_SIZE = 500;
/** Remaining actions per chunk. */
const CHUNK_SIZE = 100;

/** Removes the object's trackers, and the items that no other tracker covers. */
export async function removeTrackers(
  deps: DeletionDeps,
  context: SpaceContext,
  { key }: DeletedObject,
): Promise<void> {
  const { space, stores } = context;
  for await (const trackers of stores.trackers.byKey(key, null, BATCH_SIZE)) {
    const names = [trackersInvalidation(key), ...trackers.map(({ user }) => userInvalidation(user))];
    await invalidating(deps.invalidations, space, names, () =>
      stores.trackers.remove(trackers.map(({ user }) => trackerId(user, key))),
    );
  }
  await removeUntrackedItems(deps, context, key);
}

/** Removes items of actions that were accepted after the deletion and matched only these trackers. */
async function removeUntrackedItems(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  key: string,
): Promise<void> {
  const writer = new FeedWriter(deps, stores, space);
  for (let cursor: TimeCursor | null = null; ; ) {
    const actions: StoredAction[] = await stores.actions.find({ key, after: cursor, limit: CHUNK_SIZE });
    const ids = actions.map((action) => action.id);
    for (let after: string | null = null; ids.length > 0; ) {
      const readPosition = await deps.clock.now(space);
      const items = await stores.feeds.byActions(ids, after, BATCH_SIZE);
      const { removals } = await splitByEligibility(deps, { space, stores }, items);
      await writer.write({ upserts: [], actions: new Map(), removals }, { readPosition });
      if (items.length < BATCH_SIZE) break;
      after = items.at(-1)?.id ?? null;
    }
    const last = actions.at(-1);
    if (!last || actions.length < CHUNK_SIZE) return;
    cursor = cursorOf(last);
  }
}
