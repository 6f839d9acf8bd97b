/**
 * Runs background tasks (decision 14). A task may run twice, late, or in two workers at once. That is safe,
 * because it derives its work from the stored data.
 */

import type { DeletionDeps, SpaceContext } from '../deletion/deps.ts';
import { finishRecall } from '../deletion/recall.ts';
import { finishDeletion } from '../deletion/task.ts';
import type { FeedDeps } from '../feed/deps.ts';
import type { CheckpointStore } from '../ports/checkpoint.ts';
import type { ClaimedTask, TaskOutcome } from '../ports/queue.ts';
import { backfill } from '../trackers/backfill/task.ts';

export type TaskDeps = FeedDeps & DeletionDeps;

/** Runs a task of any kind. If it returns `done`, everything that was stored before it started is processed. */
export async function runTask(
  deps: TaskDeps,
  space: string,
  { task, jobStartPosition }: ClaimedTask,
  progress: CheckpointStore,
): Promise<TaskOutcome> {
  switch (task.kind) {
    case 'backfill':
      return backfill(deps, space, { task, jobStartPosition }, progress);
    case 'recall':
      await finishRecall(deps, await spaceContextOf(deps, space), task.action);
      return 'done';
    case 'delete':
      await finishDeletion(deps, await spaceContextOf(deps, space), task.key, progress);
      return 'done';
  }
}

const spaceContextOf = async ({ spaces }: TaskDeps, space: string): Promise<SpaceContext> => ({
  space,
  stores: await spaces.writer(space),
});
