/** Writes the tombstone of a deleted object into the actions that stay, for feeds and watches. */
import { publishActions } from '../actions/publish.ts';
import { invalidating } from '../consistency/invalidating.ts';
import { FeedWriter } from '../feed/write/writer.ts';
import { needsTombstone } from '../model/deleted-refs.ts';
import type { DeletedObject, StoredAction } from '../model/entities.ts';
import type { Position } from '../model/units.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import { actionInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';
import type { ResyncUsers } from './push-limit.ts';

/** Items per batch. */
const BATCH_SIZE = 1_000;
/** Actions in one bus message. Actions may be large. */
const MAX_ACTIONS_PER_MESSAGE = 100;

/** Writes the tombstone into these actions. Returns the ids of those that did not have it yet. */
export async function writeTombstones(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  object: DeletedObject,
  actions: readonly StoredAction[],
): Promise<Set<string>> {
  const deleted = new Map([[object.key, object]]);
  const ids = actions.filter((action) => needsTombstone(action, deleted)).map((action) => action.id);
  if (ids.length === 0) return new Set();
  const position = await invalidating(deps.invalidations, space, ids.map(actionInvalidation), async () => {
    const now = await deps.clock.now(space);
    await stores.actions.writeTombstone(ids, object, now);
    return now;
  });
  for (let start = 0; start < ids.length; start += MAX_ACTIONS_PER_MESSAGE) {
    const readPosition = await deps.clock.now(space);
    const current = await stores.actions.byIds(ids.slice(start, start + MAX_ACTIONS_PER_MESSAGE));
    await publishActions(deps, { space, stores }, [...current.values()], { readPosition, position });
  }
  return new Set(ids);
}

interface FeedTouch {
  /** The ids of the actions. */
  actions: readonly string[];
  changed: ReadonlySet<string>;
  readPosition: Position;
  resyncUsers: ResyncUsers;
}

/**
 * Pushes the content of these actions by giving their items a new position: all items of `changed` actions,
 * and of others those delivered before `readPosition`. Skips users who get a reset.
 */
export async function touchFeeds(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  { actions, changed, readPosition, resyncUsers }: FeedTouch,
): Promise<void> {
  const writer = new FeedWriter(deps, stores, space);
  for (let after: string | null = null; ; ) {
    const items = await stores.feeds.byActions(actions, after, BATCH_SIZE);
    // Later items show the tombstone already, or are revalidated (decision 15). `position` would not do,
    // because a mark changes it without pushing content.
    const toTouch = items.filter((item) => changed.has(item.action) || item.deliveredPosition < readPosition);
    const { toPush } = await resyncUsers.split(toTouch);
    const touches = toPush.map(({ id, user, action }) => ({ id, user, action }));
    if (touches.length > 0) {
      await writer.write({ upserts: [], actions: new Map(), removals: [], touches }, { readPosition });
    }
    if (items.length < BATCH_SIZE) return;
    after = items.at(-1)?.id ?? null;
  }
}
