import type { Job, WorkerOptions } from 'bullmq';
import { type CallLedger, runWithLedger } from '../core/handlers/ledgered-handlers.ts';
import type { DeletionDeps } from '../core/ports/deps.ts';
import { runTask } from '../core/tasks/run-task.ts';
import type { MaintenanceJob, MaintenanceQueue } from '../infra/bullmq/maintenance-queue.ts';
import { backoff, interruptionsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import type { Shard } from '../infra/redis/keys.ts';
import type { RedisPendingTasks } from '../infra/redis/pending-tasks.ts';
import type { Shards } from '../infra/redis/shards.ts';
import { delayJob, requeueJob } from './requeue.ts';

/** Tasks of a shard notified per poll. The next poll notifies the rest. */
const MAX_POLLED = 20_000;
const BATCH_SIZE = 1_000;
/** A task that waits runs again no sooner than this. It exceeds `runRetryDelay`, so the job has left its slot by then. */
const MIN_WAIT_MS = 1_000;

interface MaintenanceWorkerDeps extends DeletionDeps {
  tasks: RedisPendingTasks;
  maintenanceQueue: MaintenanceQueue;
  stopping: AbortSignal;
  ledger: CallLedger;
}

export function maintenanceWorker(
  deps: MaintenanceWorkerDeps,
  options: WorkerOptions,
): QueueWorker<MaintenanceJob> {
  return new QueueWorker<MaintenanceJob>(queueNames.maintenance, (job) => run(deps, job), options);
}

async function run(deps: MaintenanceWorkerDeps, job: Job<MaintenanceJob>): Promise<void> {
  const { space, name, checkpoint, waits = 0 } = job.data;
  const claimed = await deps.tasks.claim({ space, name });
  if (!claimed) return;
  const { leaseToken } = claimed;
  const work = (scopedDeps: MaintenanceWorkerDeps) =>
    runTask(scopedDeps, space, claimed, {
      checkpoint: checkpoint
        ? { text: checkpoint.text, sameRequest: checkpoint.leaseToken === leaseToken }
        : null,
      saveCheckpoint: async (text) => {
        await job.updateData({ ...job.data, checkpoint: { leaseToken, text } });
        if (deps.stopping.aborted) await requeueJob(job);
      },
    });
  const wasInterrupted = interruptionsOf(job) > waits;
  const outcome = wasInterrupted
    ? await runWithLedger(deps, deps.ledger, `task ${job.id}`, work)
    : await work(deps);
  if (outcome === 'waiting') {
    await job.updateData({ ...job.data, waits: waits + 1 });
    return await delayJob(job, Math.max(MIN_WAIT_MS, backoff(waits + 1)));
  }
  // If it was requested again meanwhile, another job waits already, or starts when the lease expires.
  await deps.tasks.complete(space, claimed);
}

/** Notifies due tasks, in case a notification was lost. */
export async function pollTasks(deps: MaintenanceWorkerDeps, shards: Shards): Promise<void> {
  await Promise.all(shards.all.map((shard) => pollShard(deps, shard)));
}

async function pollShard({ tasks, maintenanceQueue }: MaintenanceWorkerDeps, shard: Shard): Promise<void> {
  for (let skip = 0; skip < MAX_POLLED; skip += BATCH_SIZE) {
    const due = await tasks.due(shard, skip, BATCH_SIZE);
    if (due.length > 0) await maintenanceQueue.notify(due);
    if (due.length < BATCH_SIZE) break;
  }
}
