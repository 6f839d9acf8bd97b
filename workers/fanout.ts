import type { Job, WorkerOptions } from 'bullmq';
import { type CallLedger, carefully } from '../core/careful-handlers.ts';
import { type FanOutDeps, fanOutTask } from '../core/fanout.ts';
import type { FanOutTask, Lanes } from '../core/ports/queue.ts';
import { deathsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import { handBack } from './hand-back.ts';

export interface FanOutWorkerDeps extends FanOutDeps {
  lanes: Lanes;
  /** Aborted when the worker is told to stop. */
  stopping: AbortSignal;
  ledger: CallLedger;
}

/** Serves large audiences, off the lanes. */
export function fanOutWorker(deps: FanOutWorkerDeps, options: WorkerOptions): QueueWorker<FanOutTask> {
  return new QueueWorker<FanOutTask>(queueNames.fanOut, (job) => run(deps, job), options);
}

async function run(deps: FanOutWorkerDeps, job: Job<FanOutTask>): Promise<void> {
  const task = job.data;
  const note = async (done: FanOutTask['done']) => {
    await job.updateData({ ...task, done });
    if (deps.stopping.aborted) await handBack(job);
  };
  const work = (given: FanOutWorkerDeps) => fanOutTask(given, task, job.attemptsStarted > 1, note);
  if (deathsOf(job) > 0) await carefully(deps, deps.ledger, `fanout ${job.id}`, work);
  else await work(deps);
  await deps.lanes.settle(task.space, task.actions);
}
