import type { Job, WorkerOptions } from 'bullmq';
import type { FanOutJobDeps } from '../core/fanout/batch.ts';
import { runFanOutTask } from '../core/fanout/task.ts';
import { type CallLedger, runWithLedger } from '../core/handlers/ledgered-handlers.ts';
import type { FanOutTask, PartitionQueue } from '../core/ports/queue.ts';
import { interruptionsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import { requeueJob } from './requeue.ts';

interface FanOutWorkerDeps extends FanOutJobDeps {
  partitions: PartitionQueue;
  stopping: AbortSignal;
  ledger: CallLedger;
}

/** Serves large audiences outside the partitions. */
export function fanOutWorker(deps: FanOutWorkerDeps, options: WorkerOptions): QueueWorker<FanOutTask> {
  return new QueueWorker<FanOutTask>(queueNames.fanOut, (job) => run(deps, job), options);
}

async function run(deps: FanOutWorkerDeps, job: Job<FanOutTask>): Promise<void> {
  const task = job.data;
  const work = (scopedDeps: FanOutWorkerDeps) =>
    runFanOutTask(scopedDeps, task, {
      isRetry: job.attemptsStarted > 1,
      saveCheckpoint: (checkpoint) => job.updateData({ ...task, checkpoint }),
      isStopping: () => deps.stopping.aborted,
    });
  const outcome =
    interruptionsOf(job) > 0
      ? await runWithLedger(deps, deps.ledger, `fanout ${job.id}`, work)
      : await work(deps);
  if (outcome === 'stopped') await requeueJob(job);
  await deps.partitions.complete(task.space, task.actions);
}
