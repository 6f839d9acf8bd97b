/**
 * Deletes actions that were recalled or go with a deleted object, and removes them from feeds and watches.
 */
import { invalidating } from '../consistency/invalidating.ts';
import { withTasks } from '../consistency/with-tasks.ts';
import { FeedWriter, type Removal } from '../feed/write/writer.ts';
import type { StoredAction } from '../model/entities.ts';
import { actionKeys } from '../model/keys.ts';
import type { Position } from '../model/units.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import { actionInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';
import type { Task } from '../ports/tasks.ts';
import type { ResyncUsers } from './push-limit.ts';

/** Items removed from feeds in one write. */
const BATCH_SIZE = 1_000;

/** Removes the items of deleted actions from feeds. */
export class FeedItemRemover {
  readonly #resyncUsers: ResyncUsers | null;
  readonly #deps: DeletionDeps;
  readonly #context: SpaceContext;
  readonly #writer: FeedWriter;

  /** Without `resyncUsers`, every removal is pushed. */
  constructor(deps: DeletionDeps, context: SpaceContext, resyncUsers: ResyncUsers | null = null) {
    this.#resyncUsers = resyncUsers;
    this.#deps = deps;
    this.#context = context;
    this.#writer = new FeedWriter(deps, context.stores, context.space);
  }

  /** Stops after about `limit` items, rounded up to a batch. Returns true if no items are left. */
  async removeFromFeeds(actions: readonly string[], limit = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { feeds } = this.#context.stores;
    let removedCount = 0;
    for (let after: string | null = null; removedCount < limit; ) {
      const readPosition = await this.#deps.clock.now(this.#context.space);
      const items: Removal[] = await feeds.byActions(actions, after, BATCH_SIZE);
      const { toPush, toResync } = (await this.#resyncUsers?.split(items)) ?? { toPush: items, toResync: [] };
      await this.#remove(toPush, readPosition, false);
      await this.#remove(toResync, readPosition, true);
      if (items.length < BATCH_SIZE) return true;
      removedCount += items.length;
      after = items.at(-1)?.id ?? null;
    }
    return false;
  }

  async #remove(items: readonly Removal[], readPosition: Position, suppressPushes: boolean): Promise<void> {
    if (items.length === 0) return;
    const removals = items.map(({ id, user, action }) => ({ id, user, action }));
    await this.#writer.write({ upserts: [], actions: new Map(), removals }, { readPosition, suppressPushes });
  }
}

/**
 * Deletes these actions, also ones not stored yet, and publishes that to watches. The caller must see to it
 * that their items leave the feeds, even after a crash. Returns the actions that were stored.
 */
export async function deleteActions(
  deps: DeletionDeps,
  { space, stores }: SpaceContext,
  ids: readonly string[],
): Promise<StoredAction[]> {
  const names = ids.map(actionInvalidation);
  const { deleted, position } = await invalidating(deps.invalidations, space, names, async () => {
    const now = await deps.clock.now(space);
    return { deleted: await stores.actions.deleteMany(ids, now), position: now };
  });
  if (deleted.length > 0) {
    const removed = deleted.map((action) => ({ id: action.id, keys: actionKeys(action) }));
    await deps.bus.publish(space, { kind: 'actions', actions: [], removed, position });
  }
  return deleted;
}

/** Deletes a few actions and about `limit` of their items. Background tasks remove the rest. */
export async function deleteActionsAndItems(
  deps: DeletionDeps,
  context: SpaceContext,
  ids: readonly string[],
  limit?: number,
): Promise<void> {
  const { space } = context;
  const tasks = ids.map((action): Task => ({ kind: 'recall', action }));
  await withTasks(deps.tasks, space, tasks, async (leased) => {
    await deleteActions(deps, context, ids);
    const isComplete = await new FeedItemRemover(deps, context).removeFromFeeds(ids, limit);
    return { result: undefined, remaining: isComplete ? [] : leased };
  });
}
