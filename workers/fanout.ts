import { type Job, Worker, type WorkerOptions } from 'bullmq';
import { type FanOutDeps, fanOutTask } from '../core/fanout.ts';
import type { FanOutTask, Lanes } from '../core/ports/queue.ts';
import { queueNames } from '../infra/bullmq/queues.ts';

export interface FanOutWorkerDeps extends FanOutDeps {
  lanes: Lanes;
}

/** Serves large audiences, off the lanes. */
export function fanOutWorker(deps: FanOutWorkerDeps, options: WorkerOptions): Worker<FanOutTask> {
  return new Worker<FanOutTask>(queueNames.fanOut, (job) => run(deps, job), options);
}

async function run(deps: FanOutWorkerDeps, job: Job<FanOutTask>): Promise<void> {
  const task = job.data;
  await fanOutTask(deps, task, job.attemptsStarted > 1, (done) => job.updateData({ ...task, done }));
  await deps.lanes.settle(task.space, task.actions);
}
