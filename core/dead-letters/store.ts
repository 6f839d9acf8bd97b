/** Stores batch records that no worker can process as dead letters (decision 12). */
import { resolveActions } from '../grouping/resolution.ts';
import type { AcceptedAction, UnnumberedAction } from '../model/entities.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { Spaces } from '../ports/stores.ts';

export interface NewDeadLetter extends Omit<DeadLetter, 'actions'> {
  /** The actions of the batch record; `null` if they cannot be read. */
  actions: AcceptedAction[] | null;
}

/** Stores a letter. Returns the action ids of older letters that were evicted to make room. */
export type StoreDeadLetter = (space: string, letter: NewDeadLetter) => Promise<string[]>;

export const storeDeadLettersIn =
  (spaces: Spaces): StoreDeadLetter =>
  async (space, letter) => {
    const stores = await spaces.writer(space);
    const actions = letter.actions && (await withSequenceNumbers(stores.actions, letter.actions));
    const evicted = await stores.deadLetters.put({ ...letter, actions });
    return evicted.flatMap(({ ids }) => ids);
  };

/**
 * An action may have been merged before its batch record failed. With a higher number, a retry would merge it
 * again, so it keeps its number. While the record is in its partition, no later record is merged, so only now
 * can this be determined.
 */
async function withSequenceNumbers(
  store: ActionStore,
  actions: readonly AcceptedAction[],
): Promise<UnnumberedAction[]> {
  const ids = actions.map(({ id }) => id);
  const resolved = await resolveActions(store, ids);
  return actions.map(({ seq, ...action }) => {
    const found = resolved.get(action.id);
    const isMerged = found && found.outcome !== 'created' && found.action && found.action.version >= seq;
    return isMerged ? { ...action, seq } : action;
  });
}
