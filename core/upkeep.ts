/** Doing chores (decision 14). Each may be done twice, late, or by two workers at once: it follows what is stored. */
import { finishDeletion } from './deletion/chore.ts';
import type { DeletionDeps, Place } from './deletion/deps.ts';
import type { FeedDeps } from './feed/deps.ts';
import { follow } from './follow/chore.ts';
import type { TakenChore } from './ports/queue.ts';
import type { Progress } from './progress.ts';
import { finishRecall } from './recall.ts';

export type UpkeepDeps = FeedDeps & DeletionDeps;

/** Does it, whatever it is. When this returns, all that was stored when it began is seen to. */
export async function doChore(
  deps: UpkeepDeps,
  space: string,
  { chore, begun }: TakenChore,
  progress: Progress,
): Promise<void> {
  switch (chore.kind) {
    case 'follow':
      return follow(deps, space, { chore, begun }, progress);
    case 'recall':
      return finishRecall(deps, await placeOf(deps, space), chore.action);
    case 'delete':
      return finishDeletion(deps, await placeOf(deps, space), chore.key, progress);
  }
}

const placeOf = async ({ spaces }: UpkeepDeps, space: string): Promise<Place> => ({
  space,
  stores: await spaces.writer(space),
});
