import { type Job, Worker, type WorkerOptions } from 'bullmq';
import { type FanOutDeps, fanOutTask } from '../core/fanout.ts';
import type { FanOutTask, Lanes } from '../core/ports/queue.ts';
import { queueNames } from '../infra/bullmq/queues.ts';
import { handBack } from './hand-back.ts';

export interface FanOutWorkerDeps extends FanOutDeps {
  lanes: Lanes;
  /** Aborted when the worker is told to stop. */
  stopping: AbortSignal;
}

/** Serves large audiences, off the lanes. */
export function fanOutWorker(deps: FanOutWorkerDeps, options: WorkerOptions): Worker<FanOutTask> {
  return new Worker<FanOutTask>(queueNames.fanOut, (job) => run(deps, job), options);
}

async function run(deps: FanOutWorkerDeps, job: Job<FanOutTask>): Promise<void> {
  const task = job.data;
  await fanOutTask(deps, task, job.attemptsStarted > 1, async (done) => {
    await job.updateData({ ...task, done });
    if (deps.stopping.aborted) await handBack(job);
  });
  await deps.lanes.settle(task.space, task.actions);
}
