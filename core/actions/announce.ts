/** Telling those who watch objects of actions that were stored or changed. */
import { actionKeys } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import { actionChurn, type Bus, type Churn, type PositionClock } from '../ports/bus.ts';
import type { Stores } from '../ports/stores.ts';

export interface AnnounceDeps {
  bus: Bus;
  churn: Churn;
  clock: PositionClock;
}

/**
 * Whoever ends one of these meanwhile may tell before this does: what is gone by now is told to be gone once more. `since`: a
 * position taken before the actions were read; `pos`: that of their last change.
 */
export async function announceActions(
  { bus, churn, clock }: AnnounceDeps,
  { space, stores }: { space: string; stores: Stores },
  actions: readonly StoredAction[],
  { since, pos }: { since: number; pos: number },
): Promise<void> {
  if (actions.length === 0) return;
  await bus.publish(space, { kind: 'actions', actions: [...actions], removed: [], pos });
  const names = await churn.since(space, since);
  const churned = names && new Set(names);
  const suspects = actions.filter((action) => !churned || churned.has(actionChurn(action.id)));
  if (suspects.length === 0) return;
  const left = await stores.actions.byIds(suspects.map((action) => action.id));
  const removed = suspects
    .filter((action) => !left.has(action.id))
    .map((action) => ({ id: action.id, keys: actionKeys(action) }));
  // What is still there is not told again: it may go, too, between the reading and the telling.
  if (removed.length > 0)
    await bus.publish(space, { kind: 'actions', actions: [], removed, pos: await clock.now(space) });
}
