/** Recall: deletes an action on request (`DELETE /v1/actions/:id`). */
import { checkService, type Principal } from '../access/principal.ts';
import { HubError } from '../errors.ts';
import type { CoreDeps, DeletionDeps } from '../ports/deps.ts';
import type { SpaceContext } from '../ports/stores.ts';
import type { Task } from '../ports/tasks.ts';
import { deleteActionsAndItems, FeedItemRemover } from './delete-actions.ts';

type RecallDeps = DeletionDeps & Pick<CoreDeps, 'queue'>;

/** Items removed from feeds before the call returns. */
const MAX_INLINE_ITEMS = 500;

/**
 * Deletes the stored or pending action that the id resolves to. Returns its id and the task that removes its
 * remaining items. Idempotent.
 * @throws HubError forbidden, not_found
 */
export async function recall(
  deps: RecallDeps,
  principal: Principal,
  id: string,
): Promise<{ id: string; task: Task }> {
  checkService(principal, 'only the service scope recalls actions');
  const { space } = principal;
  const resolved = await resolveActionId(deps, space, id);
  if (!resolved) throw new HubError('not_found', 'there is no such action');
  const task: Task = { kind: 'recall', action: resolved.id };
  if (resolved.isGone) return { id: resolved.id, task };
  const context = { space, stores: await deps.spaces.writer(space) };
  await deleteActionsAndItems(deps, context, [resolved.id], MAX_INLINE_ITEMS);
  // A pending action may have been merged into another one meanwhile. Then that one is recalled.
  const resolution = (await context.stores.actions.resolutions([resolved.id])).get(resolved.id);
  return resolution?.kind === 'merged'
    ? recall(deps, principal, resolution.merged.into)
    : { id: resolved.id, task };
}

/** Returns the action that the id resolves to; null if none was ever accepted under it. */
async function resolveActionId(
  deps: RecallDeps,
  space: string,
  id: string,
): Promise<{ id: string; isGone: boolean } | null> {
  const { actions } = deps.spaces.reader(space);
  // Queried first: an action resolved between the two queries is found by the second.
  const [pending] = await deps.queue.pending(space, [id]);
  const resolution = (await actions.resolutions([id])).get(id);
  if (resolution?.kind === 'merged') return resolveActionId(deps, space, resolution.merged.into);
  if (resolution) return { id, isGone: resolution.kind === 'gone' };
  return pending === undefined ? null : { id, isGone: false };
}

/** The background task: removes the remaining items of a recalled action from feeds. */
export async function finishRecall(deps: DeletionDeps, context: SpaceContext, action: string): Promise<void> {
  const resolution = (await context.stores.actions.resolutions([action])).get(action);
  // The recalling process crashed before it deleted the action, so the call did not succeed.
  if (resolution?.kind !== 'gone') return;
  await new FeedItemRemover(deps, context).removeFromFeeds([action]);
}
