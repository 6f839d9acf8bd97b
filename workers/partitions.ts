import type { Job, WorkerOptions } from 'bullmq';
import { BATCH_SIZE, type ProcessPartitionDeps, processPartition } from '../core/fanout/process-partition.ts';
import { type CallLedger, runWithLedger } from '../core/handlers/ledgered-handlers.ts';
import { type BatchJob, type BatchJobQueue, interruptionsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import { errorLine } from '../infra/error-record.ts';
import type { Logger } from '../infra/log.ts';
import type { RedisPartitionQueue } from '../infra/redis/partition-queue.ts';
import { isTransient } from '../infra/transient-errors.ts';
import type { SpacePriority } from './space-priority.ts';

/** How long one job processes a partition before others run. The current batch is finished. */
const TIME_SLICE_MS = 100;
/** A job that waited longer indicates that spaces compete. Then it is worth checking whether its space became lagging. */
const PROMPT_START_MS = 50;
/**
 * Batch size while other, current spaces have work: storing a batch delays everything else in this process. The first batch of
 * a current space's job is never larger: if a partition holds this many, its space may have become lagging since the notification.
 */
const SMALL_BATCH_SIZE = 50;
/** Failures with available databases after which a batch is split, and then its head dead-lettered. */
const SPLIT_AFTER_FAILURES = 3;
const DEAD_LETTER_AFTER_FAILURES = 8;
/**
 * Interruptions of a job after which its batch is split; and how many, over what time, after which its head is dead-lettered.
 * Workers often stop or die for unrelated reasons, so a few interruptions prove nothing. A death in a handler is identified by its
 * call (ledgered-handlers.ts).
 */
const INTERRUPTIONS = { splitAfter: 2, deadLetterAfter: 20, windowMs: 600_000 };

interface PartitionWorkerDeps extends ProcessPartitionDeps {
  partitions: RedisPartitionQueue;
  ledger: CallLedger;
  batchJobQueue: BatchJobQueue;
  spacePriority: SpacePriority;
  log: Logger;
}

interface BatchPolicy {
  /** Maximum size of the first batch. */
  firstSize: number;
  /** Processes one batch of a partition; returns the number of its actions. */
  processBatch: typeof processBatch;
  /** Whether the job processes another batch after one of this many actions. */
  shouldContinue(processed: number): Promise<boolean>;
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
    const policy: BatchPolicy = {
      firstSize: SMALL_BATCH_SIZE,
      processBatch,
      shouldContinue: async (processed) =>
        processed < SMALL_BATCH_SIZE || !batchJobQueue.isLagging(space, await partitions.pendingCount(space)),
    };
    return spacePriority.runCurrent(space, () => runBatchJob(deps, job, policy));
  };
  return new QueueWorker<BatchJob>(queueNames.partitions, run, options);
}

/** Processes partitions of lagging spaces. */
export function laggingWorker(deps: PartitionWorkerDeps, options: WorkerOptions): QueueWorker<BatchJob> {
  const policy: BatchPolicy = {
    firstSize: BATCH_SIZE,
    processBatch: (scopedDeps, job, maxActions) =>
      deps.spacePriority.runLagging(job.space, () => processBatch(scopedDeps, job, maxActions)),
    shouldContinue: async () => true,
  };
  return new QueueWorker<BatchJob>(queueNames.lagging, (job) => runBatchJob(deps, job, policy), options);
}

function processBatch(
  deps: PartitionWorkerDeps,
  { space, partition }: BatchJob,
  maxActions: number,
): Promise<number> {
  const isCompeting = deps.spacePriority.isCompeting(space);
  const size = isCompeting ? Math.min(maxActions, SMALL_BATCH_SIZE) : maxActions;
  return processPartition(deps, space, partition, size);
}

async function runBatchJob(
  deps: PartitionWorkerDeps,
  job: Job<BatchJob>,
  policy: BatchPolicy,
): Promise<void> {
  const started = performance.now();
  const { space, partition, faults = 0 } = job.data;
  // Interruptions of this job only. A job that makes progress ends, and a new job gets the rest.
  const interruptions = interruptionsOf(job);
  const maxActions =
    faults >= SPLIT_AFTER_FAILURES || interruptions >= INTERRUPTIONS.splitAfter ? 1 : BATCH_SIZE;
  const runTimeSlice = async (scopedDeps: PartitionWorkerDeps): Promise<boolean> => {
    for (let size = Math.min(policy.firstSize, maxActions); ; size = maxActions) {
      const processed = await policy.processBatch(scopedDeps, job.data, size);
      if (processed === 0) return false;
      if (performance.now() - started >= TIME_SLICE_MS || !(await policy.shouldContinue(processed)))
        return true;
    }
  };
  try {
    if (
      interruptions >= INTERRUPTIONS.deadLetterAfter &&
      Date.now() - job.timestamp >= INTERRUPTIONS.windowMs
    ) {
      const reason = `interrupted ${interruptions} times without finishing`;
      await deadLetterHead(deps, space, partition, { reason, attempts: interruptions });
    }
    const hasMore =
      interruptions > 0
        ? await runWithLedger(deps, deps.ledger, `partition ${space}.${partition}`, runTimeSlice)
        : await runTimeSlice(deps);
    if (!hasMore) return;
  } catch (error) {
    // Nothing is dead-lettered because a database is unavailable, however long that lasts.
    if (isTransient(error) || !(await isMongoAvailable(deps, space))) throw error;
    await job.updateData({ space, partition, faults: faults + 1 });
    if (faults + 1 < DEAD_LETTER_AFTER_FAILURES) throw error;
    await deadLetterHead(deps, space, partition, { reason: errorLine(error), attempts: faults + 1 });
  }
  await deps.batchJobQueue.notify(space, [partition], await deps.partitions.pendingCount(space));
}

async function deadLetterHead(
  { partitions }: PartitionWorkerDeps,
  space: string,
  partition: number,
  failure: { reason: string; attempts: number },
): Promise<void> {
  const [head] = await partitions.read(space, partition, 1);
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

/** Notifies busy partitions, in case a notification was lost. */
export async function pollPartitions({ partitions, batchJobQueue }: PartitionWorkerDeps): Promise<void> {
  const bySpace = new Map<string, number[]>();
  for (const { space, partition } of await partitions.busyPartitions())
    bySpace.set(space, [...(bySpace.get(space) ?? []), partition]);
  for (const [space, numbers] of bySpace)
    await batchJobQueue.notify(space, numbers, await partitions.pendingCount(space));
}
