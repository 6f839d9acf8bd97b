/** One turn at some partitions of a space: batches until they are empty, or until others should run. */
import {
  BATCH_SIZE,
  type ProcessedBatch,
  type ProcessPartitionsDeps,
  processPartitions,
} from '../core/fanout/process-partitions.ts';
import type { BatchJobQueue } from '../infra/bullmq/queues.ts';
import type { RedisPartitionQueue } from '../infra/redis/partition-queue.ts';
import type { WakeUps } from '../infra/redis/wake-ups.ts';
import type { SpacePriority } from './space-priority.ts';

/** How long partitions are processed before others run. The current batch is finished. */
const TIME_SLICE_MS = 100;
/**
 * Batch size while other, current spaces have work: storing a batch delays everything else in this process. The first batch of
 * a current space is never larger: if a partition holds this many, its space may have become lagging since the notification.
 */
const SMALL_BATCH_SIZE = 50;

export interface TimeSliceDeps extends ProcessPartitionsDeps {
  partitions: RedisPartitionQueue;
  batchJobQueue: BatchJobQueue;
  spacePriority: SpacePriority;
  wakeUps: WakeUps;
}

/** Partitions of one space. */
export interface Partitions {
  space: string;
  partitions: readonly number[];
}

export interface BatchPolicy {
  /** Maximum size of the first batch. */
  firstSize: number;
  processBatch: typeof processBatch;
  /** Whether to process another batch after one of this many actions. */
  shouldContinue(processed: number): Promise<boolean>;
}

export const currentPolicy = ({ batchJobQueue, partitions }: TimeSliceDeps, space: string): BatchPolicy => ({
  firstSize: SMALL_BATCH_SIZE,
  processBatch,
  shouldContinue: async (processed) =>
    processed < SMALL_BATCH_SIZE || !batchJobQueue.isLagging(space, await partitions.pendingCount(space)),
});

/** Returns the partitions that are not empty yet. */
export async function runTimeSlice(
  deps: TimeSliceDeps,
  { space, partitions }: Partitions,
  policy: BatchPolicy,
  maxActions = BATCH_SIZE,
): Promise<readonly number[]> {
  const started = performance.now();
  let remaining = partitions;
  for (let size = Math.min(policy.firstSize, maxActions); ; size = maxActions) {
    const batch = await policy.processBatch(deps, { space, partitions: remaining }, size);
    remaining = batch.remaining;
    const isOver = remaining.length === 0 || performance.now() - started >= TIME_SLICE_MS;
    if (isOver || !(await policy.shouldContinue(batch.processed))) return remaining;
  }
}

/** Processes one batch. */
export function processBatch(
  deps: TimeSliceDeps,
  { space, partitions }: Partitions,
  maxActions: number,
): Promise<ProcessedBatch> {
  const isCompeting = deps.spacePriority.isCompeting(space);
  const size = isCompeting ? Math.min(maxActions, SMALL_BATCH_SIZE) : maxActions;
  return processPartitions(deps, space, partitions, size);
}

/**
 * Has the rest of these partitions processed soon. They are woken again, and so processed together. Those of a lagging space get a
 * job each: workers process only a few of these at a time.
 */
export async function continueLater(
  { batchJobQueue, partitions: queue, wakeUps }: TimeSliceDeps,
  { space, partitions }: Partitions,
): Promise<void> {
  const pendingCount = await queue.pendingCount(space);
  if (batchJobQueue.isLagging(space, pendingCount))
    await batchJobQueue.notify(space, partitions, pendingCount);
  else await wakeUps.wake(space, partitions);
}

/** Requests a job for each of these partitions: it counts failures and interruptions. */
export async function requestJobs(
  { batchJobQueue, partitions: queue }: TimeSliceDeps,
  { space, partitions }: Partitions,
): Promise<void> {
  await batchJobQueue.notify(space, partitions, await queue.pendingCount(space));
}
