/**
 * Processes a batch of a partition (decisions 1 to 3, 13): combines and groups its actions, stores them, and
 * fans them out. A large fan-out gets a job of its own, so that it does not block the partition.
 */
import { publishActions } from '../actions/publish.ts';
import { applyDeletions } from '../deletion/apply-deletions.ts';
import { commitBatch } from '../grouping/commit.ts';
import type { StoredAction } from '../model/entities.ts';
import { MAX_IN_FLIGHT_MS } from '../model/positions.ts';
import { elapsed, toMicros } from '../model/units.ts';
import type { BatchRecord, PartitionQueue } from '../ports/queue.ts';
import type { Stores } from '../ports/stores.ts';
import { audienceOf, type FanOutBatch, type FanOutDeps, fanOutInline } from './fan-out.ts';

export interface ProcessPartitionDeps extends FanOutDeps {
  partitions: PartitionQueue;
}

/** Actions per batch. */
export const BATCH_SIZE = 500;

/**
 * Processes the oldest records. Returns the number of their actions. Idempotent, also in two workers at once.
 */
export async function processPartition(
  deps: ProcessPartitionDeps,
  space: string,
  partition: number,
  batchSize = BATCH_SIZE,
): Promise<number> {
  const records = await deps.partitions.read(space, partition, batchSize);
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return 0;
  const ids = records.flatMap((record) => record.actions.map((action) => action.id));
  const result = await processBatch(deps, space, records);
  if (result.isComplete) {
    await deps.partitions.acknowledge(space, partition, records);
    return ids.length;
  }
  // The job id includes the partition, because records of two partitions may share an id, and the last
  // record, because a retry may read more records after the first.
  await deps.fanOutQueue.add(`${space}.${partition}.${first.id}.${last.id}`, {
    space,
    actions: ids,
    isRetry: result.isRetry,
    checkpoint: { key: null, user: null },
  });
  await deps.partitions.remove(space, partition, records);
  return ids.length;
}

interface BatchResult {
  /** Feeds are up to date. Otherwise a fan-out job must do the rest. */
  isComplete: boolean;
  /** Items of these actions may exist already. */
  isRetry: boolean;
}

async function processBatch(
  deps: ProcessPartitionDeps,
  space: string,
  records: readonly BatchRecord[],
): Promise<BatchResult> {
  const stores = await deps.spaces.writer(space);
  const readPosition = await deps.clock.now(space);
  const committed = await commitBatch(
    { store: stores.actions, handlers: deps.handlers, position: readPosition },
    records,
  );
  const isRetry = committed.earlierResolutions.size > 0;
  // Trackers and deletions are read after the actions are stored. Later tracking and deletion calls find the
  // actions.
  const [audience, actions] = await Promise.all([
    audienceOf(deps, stores, readable(deps, committed.actions)),
    applyDeletions(deps, { space, stores }, committed.actions),
  ]);
  const batch: FanOutBatch = { space, actions: readable(deps, actions), readPosition, isRetry };
  const [delivery] = await Promise.all([
    fanOutInline(deps, batch, audience),
    announce(deps, stores, { ...batch, actions }),
  ]);
  return { isComplete: delivery === 'done', isRetry: isRetry || delivery === 'timedOut' };
}

const readable = ({ settings }: ProcessPartitionDeps, actions: readonly StoredAction[]): StoredAction[] =>
  actions.filter((action) => action.level >= settings.readableLevel);

/**
 * Publishes the actions to clients that watch objects. If a crashed attempt may have stored them without
 * publishing, or they were in flight for too long, they get a new position, because a client may have read
 * past the old one (decision 7).
 */
async function announce(
  deps: ProcessPartitionDeps,
  stores: Stores,
  { space, actions, readPosition, isRetry = false }: FanOutBatch,
): Promise<void> {
  if (actions.length === 0) return;
  const ids = actions.map((action) => action.id);
  let position = readPosition;
  for (let mustAdvance = isRetry; ; mustAdvance = false) {
    const now = await deps.clock.now(space);
    if (!mustAdvance && elapsed(position, now) <= toMicros(MAX_IN_FLIGHT_MS)) break;
    await stores.actions.advancePosition(ids, now);
    position = now;
  }
  await publishActions(deps, { space, stores }, actions, { readPosition, position });
}
