/**
 * Runs background tasks (decision 14). A task derives its work from the stored data, so it may run twice,
 * late, or in two workers at once.
 */
import { finishRecall } from '../deletion/recall.ts';
import { finishDeletion } from '../deletion/task.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import type { SpaceContext } from '../ports/stores.ts';
import type { CheckpointStore, ClaimedTask, TaskOutcome } from '../ports/tasks.ts';
import { backfill } from '../trackers/backfill/task.ts';

/** Runs a task of any kind. If it returns `done`, everything that was stored before it started is processed. */
export async function runTask(
  deps: DeletionDeps,
  space: string,
  { task, jobStartPosition }: ClaimedTask,
  progress: CheckpointStore,
): Promise<TaskOutcome> {
  switch (task.kind) {
    case 'backfill':
      return backfill(deps, space, { ...task, jobStartPosition }, progress);
    case 'recall':
      await finishRecall(deps, await spaceContextOf(deps, space), task.action);
      return 'done';
    case 'delete':
      await finishDeletion(deps, await spaceContextOf(deps, space), task.key, progress);
      return 'done';
  }
}

const spaceContextOf = async ({ spaces }: DeletionDeps, space: string): Promise<SpaceContext> => ({
  space,
  stores: await spaces.writer(space),
});
