/** Puts aside what no worker can handle (decision 12). */
import { resolveActions } from './grouping/resolve.ts';
import type { AcceptedAction } from './model.ts';
import type { DeadAction, DeadLetter } from './ports/dead-letters.ts';
import type { ActionStore, Spaces } from './ports/stores.ts';

export interface Buried extends Omit<DeadLetter, 'actions'> {
  /** As they lie in their lane; `null` where they cannot be read. */
  actions: AcceptedAction[] | null;
}

/** Takes letters. Returns the ids of actions whose letters made room for this one. */
export type Bury = (space: string, letter: Buried) => Promise<string[]>;

export const burialIn =
  (spaces: Spaces): Bury =>
  async (space, letter) => {
    const stores = await spaces.writer(space);
    const actions = letter.actions && (await withPlaces(stores.actions, letter.actions));
    const removed = await stores.deadLetters.put({ ...letter, actions });
    return removed.flatMap(({ ids }) => ids);
  };

/**
 * An action may have been merged into another one before its entry failed. What is accepted anew gets a higher number, by
 * which it would be merged there twice, so such an action keeps its number. It can be told only now: until this entry leaves
 * its lane nothing behind it is merged.
 */
async function withPlaces(store: ActionStore, actions: readonly AcceptedAction[]): Promise<DeadAction[]> {
  const resolved = await resolveActions(
    store,
    actions.map(({ id }) => id),
  );
  return actions.map(({ seq, acceptedAt: _, ...action }) => {
    const found = resolved.get(action.id);
    const isMerged = found && found.outcome !== 'created' && found.action && found.action.rev >= seq;
    return isMerged ? { ...action, seq } : action;
  });
}
