/** Recall: taking an action back (`DELETE /v1/actions/:id` of the contract). */
import { isService, type Principal } from './access.ts';
import { bury, Departures } from './deletion/bury.ts';
import type { DeletionDeps, Place } from './deletion/deps.ts';
import { forbidden, HubError } from './errors.ts';
import type { ActionQueue, Chore } from './ports/queue.ts';

export interface RecallDeps extends DeletionDeps {
  queue: ActionQueue;
}

/** Items taken out of feeds before the call is answered. */
const INLINE = 500;

/**
 * Takes back the stored action that the id leads to, whole, or the action that still waits to be stored. Answers the id
 * that went and the chore by which the last of it leaves feeds. A second time it changes nothing.
 * @throws HubError forbidden, not_found
 */
export async function recall(
  deps: RecallDeps,
  principal: Principal,
  id: string,
): Promise<{ id: string; chore: Chore }> {
  if (!isService(principal)) throw forbidden('only the service scope recalls actions');
  const { space } = principal;
  const found = await whereTo(deps, space, id);
  if (!found) throw new HubError('not_found', 'there is no such action');
  const chore: Chore = { kind: 'recall', action: found.id };
  if (found.isGone) return { id: found.id, chore };
  const place = { space, stores: await deps.spaces.writer(space) };
  await bury(deps, place, [found.id], INLINE);
  // What waited to be stored may have become part of another action meanwhile: then that is the one to go.
  const now = (await place.stores.actions.decisions([found.id])).get(found.id);
  return now?.kind === 'merged' ? recall(deps, principal, now.merged.into) : { id: found.id, chore };
}

/** The action that the id leads to, `null` where there never was one. */
async function whereTo(
  deps: RecallDeps,
  space: string,
  id: string,
): Promise<{ id: string; isGone: boolean } | null> {
  const { actions } = deps.spaces.reader(space);
  // Asked first: what is decided after this answer and before the next is found by the next.
  const [pending] = await deps.queue.pending(space, [id]);
  const decision = (await actions.decisions([id])).get(id);
  if (decision?.kind === 'merged') return whereTo(deps, space, decision.merged.into);
  if (decision) return { id, isGone: decision.kind === 'gone' };
  return pending === undefined ? null : { id, isGone: false };
}

/** The chore: takes what is left of a recalled action out of feeds. */
export async function finishRecall(deps: DeletionDeps, place: Place, action: string): Promise<void> {
  const decision = (await place.stores.actions.decisions([action])).get(action);
  // Whoever was about to recall it died before; nobody was told that it would go.
  if (decision?.kind !== 'gone') return;
  await new Departures(deps, place).take([action]);
}
