/** Publishes stored and changed actions to clients that watch objects. */
import type { StoredAction } from '../model/entities.ts';
import { actionKeys } from '../model/keys.ts';
import type { Position } from '../model/units.ts';
import type { CoreDeps } from '../ports/deps.ts';
import { actionInvalidation } from '../ports/invalidations.ts';
import type { SpaceContext } from '../ports/stores.ts';

/**
 * Actions that another process deleted meanwhile are published as removed once more, because its message may
 * have come first. `readPosition`: taken before the actions were read. `position`: of their last change.
 */
export async function publishActions(
  { bus, invalidations, clock }: Pick<CoreDeps, 'bus' | 'invalidations' | 'clock'>,
  { space, stores }: SpaceContext,
  actions: readonly StoredAction[],
  { readPosition, position }: { readPosition: Position; position: Position },
): Promise<void> {
  if (actions.length === 0) return;
  await bus.publish(space, { kind: 'actions', actions: [...actions], removed: [], position });
  const invalidated = await invalidations.since(space, readPosition);
  const affected = actions.filter((action) => !invalidated || invalidated.has(actionInvalidation(action.id)));
  if (affected.length === 0) return;
  const remaining = await stores.actions.byIds(affected.map((action) => action.id));
  const removed = affected
    .filter((action) => !remaining.has(action.id))
    .map((action) => ({ id: action.id, keys: actionKeys(action) }));
  // Existing actions are not published again: they could be deleted between this read and that message.
  if (removed.length > 0)
    await bus.publish(space, { kind: 'actions', actions: [], removed, position: await clock.now(space) });
}
