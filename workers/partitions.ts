/** Batch jobs: partitions that need more than a wake-up, because their space lags, or because a batch failed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, WorkerOptions } from 'bullmq';
import { BATCH_SIZE } from '../core/fanout/process-partitions.ts';
import { type CallLedger, runWithLedger } from '../core/handlers/ledgered-handlers.ts';
import { groupBy } from '../core/model/group-by.ts';
import { type BatchJob, interruptionsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import { errorLine } from '../infra/error-record.ts';
import type { Logger } from '../infra/log.ts';
import { isTransient } from '../infra/transient-errors.ts';
import {
  type BatchPolicy,
  continueLater,
  currentPolicy,
  processBatch,
  requestJobs,
  runTimeSlice,
  type TimeSliceDeps,
} from './time-slice.ts';

/** A job that waited longer indicates that spaces compete. Then it is worth checking whether its space became lagging. */
const PROMPT_START_MS = 50;
/** Failures with available databases after which a batch is split, and then its head dead-lettered. */
const SPLIT_AFTER_FAILURES = 3;
const DEAD_LETTER_AFTER_FAILURES = 8;
/**
 * Interruptions of a job after which its batch is split; and how many, over what time, after which its head is dead-lettered.
 * Workers often stop or die for unrelated reasons, so a few interruptions prove nothing. A death in a handler is identified by its
 * call (ledgered-handlers.ts).
 */
const INTERRUPTIONS = { splitAfter: 2, deadLetterAfter: 20, windowMs: 600_000 };

/** How often a job checks whether its partition is still claimed, before it leaves the partition to that worker. */
const CLAIM_CHECKS = { count: 20, intervalMs: 50 };

interface PartitionWorkerDeps extends TimeSliceDeps {
  ledger: CallLedger;
  log: Logger;
}

/** Processes partitions of current spaces. */
export function partitionWorker(deps: PartitionWorkerDeps, options: WorkerOptions): QueueWorker<BatchJob> {
  const { partitions, batchJobQueue, spacePriority } = deps;
  const run = async (job: Job<BatchJob>) => {
    const { space, partition, faults = 0 } = job.data;
    const hasWaited = Date.now() - job.timestamp > PROMPT_START_MS;
    const pendingCount = hasWaited ? await partitions.pendingCount(space) : 0;
    // A new job would not know the failures of this one.
    const mayMove = faults === 0 && interruptionsOf(job) === 0;
    if (mayMove && (batchJobQueue.isLagging(space, pendingCount) || spacePriority.exceedsShare(space))) {
      return batchJobQueue.notifyLagging(space, [partition]);
    }
    return spacePriority.runCurrent(space, () => runBatchJob(deps, job, currentPolicy(deps, space)));
  };
  return new QueueWorker<BatchJob>(queueNames.partitions, run, options);
}

/** Processes partitions of lagging spaces. */
export function laggingWorker(deps: PartitionWorkerDeps, options: WorkerOptions): QueueWorker<BatchJob> {
  const policy: BatchPolicy = {
    firstSize: BATCH_SIZE,
    processBatch: (scopedDeps, lagging, maxActions) =>
      deps.spacePriority.runLagging(lagging.space, () => processBatch(scopedDeps, lagging, maxActions)),
    shouldContinue: async () => true,
  };
  return new QueueWorker<BatchJob>(queueNames.lagging, (job) => runBatchJob(deps, job, policy), options);
}

/**
 * A job may start after its partition was emptied, woken and claimed again. It waits a moment for the worker that processes the
 * partition, which requests a job for what it leaves. Only a job that failed or was interrupted runs nevertheless, because it
 * knows about that.
 */
async function runBatchJob(
  deps: PartitionWorkerDeps,
  job: Job<BatchJob>,
  policy: BatchPolicy,
): Promise<void> {
  const { space, partition, faults = 0 } = job.data;
  const id = { space, partition };
  const isFresh = faults === 0 && interruptionsOf(job) === 0;
  for (let check = 0; isFresh && (await deps.wakeUps.isClaimed(id)); check += 1) {
    if (check === CLAIM_CHECKS.count) return;
    await delay(CLAIM_CHECKS.intervalMs);
  }
  const isEmpty = await deps.wakeUps.withClaims(space, [partition], () => runClaimed(deps, job, policy));
  if (!isEmpty) await continueLater(deps, { space, partitions: [partition] });
}

/** Returns true if the partition is empty. */
async function runClaimed(
  deps: PartitionWorkerDeps,
  job: Job<BatchJob>,
  policy: BatchPolicy,
): Promise<boolean> {
  const { space, partition, faults = 0 } = job.data;
  // Interruptions of this job only. A job that makes progress ends, and a new job gets the rest.
  const interruptions = interruptionsOf(job);
  const maxActions =
    faults >= SPLIT_AFTER_FAILURES || interruptions >= INTERRUPTIONS.splitAfter ? 1 : BATCH_SIZE;
  const work = (scopedDeps: PartitionWorkerDeps) =>
    runTimeSlice(scopedDeps, { space, partitions: [partition] }, policy, maxActions);
  try {
    if (
      interruptions >= INTERRUPTIONS.deadLetterAfter &&
      Date.now() - job.timestamp >= INTERRUPTIONS.windowMs
    ) {
      const reason = `interrupted ${interruptions} times without finishing`;
      await deadLetterHead(deps, space, partition, { reason, attempts: interruptions });
    }
    const remaining =
      interruptions > 0
        ? await runWithLedger(deps, deps.ledger, `partition ${space}.${partition}`, work)
        : await work(deps);
    return remaining.length === 0;
  } catch (error) {
    // Nothing is dead-lettered because a database is unavailable, however long that lasts.
    if (isTransient(error) || !(await isMongoAvailable(deps, space))) throw error;
    await job.updateData({ space, partition, faults: faults + 1 });
    if (faults + 1 < DEAD_LETTER_AFTER_FAILURES) throw error;
    await deadLetterHead(deps, space, partition, { reason: errorLine(error), attempts: faults + 1 });
    return false;
  }
}

async function deadLetterHead(
  { partitions }: PartitionWorkerDeps,
  space: string,
  partition: number,
  failure: { reason: string; attempts: number },
): Promise<void> {
  const { batches } = await partitions.read(space, [partition], { actions: 1, bytes: 1 });
  const head = batches[0]?.records[0];
  if (head) await partitions.moveToDeadLetters(space, partition, head.id, failure);
}

async function isMongoAvailable({ spaces }: PartitionWorkerDeps, space: string): Promise<boolean> {
  try {
    await spaces.reader(space).actions.byIds(['']);
    return true;
  } catch {
    return false;
  }
}

/** Notifies busy partitions that nobody processes, because a notification or a wake-up was lost. */
export async function pollPartitions(deps: PartitionWorkerDeps): Promise<void> {
  const bySpace = groupBy(await deps.wakeUps.findUnhandled(), ({ space }) => space);
  for (const [space, unhandled] of bySpace)
    await requestJobs(deps, { space, partitions: unhandled.map(({ partition }) => partition) });
}
