/**
 * Processes a batch of partitions (decisions 1 to 3, 13): combines and groups its actions, stores them, and
 * fans them out. A large fan-out gets a job of its own, so that it does not block the partition.
 */
import { publishActions } from '../actions/publish.ts';
import { applyDeletions } from '../deletion/apply-deletions.ts';
import { EarlyWrite } from '../feed/write/early-write.ts';
import { commitBatch } from '../grouping/commit.ts';
import type { AcceptedAction } from '../model/entities.ts';
import { MAX_IN_FLIGHT_MS } from '../model/positions.ts';
import { elapsed, type Millis, type Position, toMicros } from '../model/units.ts';
import type { BatchRecord, PartitionQueue, PartitionRecords } from '../ports/queue.ts';
import type { SpaceContext, Stores } from '../ports/stores.ts';
import type { FanOutBatch } from './batch.ts';
import { fanOutInline } from './fan-out.ts';
import { Matcher } from './matcher.ts';
import { type FanOutReads, type ReadBesideDeps, readable, readBeside, readStored } from './read-beside.ts';

export interface ProcessPartitionsDeps extends ReadBesideDeps {
  partitions: PartitionQueue;
  /** A clock that is never set. */
  monotonicNow(): Millis;
}

/** Actions per batch, and the bytes of their records. */
export const BATCH_SIZE = 500;
const BATCH_BYTES = 8_388_608;
/** A batch of up to so many actions begins to write items of up to so many users early. */
const MAX_EARLY = { actions: 8, users: 1_000 };

export interface ProcessedBatch {
  /** The number of actions. */
  processed: number;
  /** The partitions that are not empty yet. */
  remaining: number[];
}

/**
 * Processes the oldest records of these partitions as one batch. Partitions hold the actions of different actors,
 * so their order among each other is free. Idempotent, also in two workers at once.
 */
export async function processPartitions(
  deps: ProcessPartitionsDeps,
  space: string,
  partitions: readonly number[],
  batchSize = BATCH_SIZE,
): Promise<ProcessedBatch> {
  const startedAt = deps.monotonicNow();
  const limits = { actions: batchSize, bytes: BATCH_BYTES };
  const distinct = [...new Set(partitions)];
  const { batches, unread, position: readPosition } = await deps.partitions.read(space, distinct, limits);
  const records = batches.flatMap((batch) => batch.records);
  if (records.length === 0) return { processed: 0, remaining: unread };
  const result = await processBatch(deps, space, records, { startedAt, readPosition });
  const remaining = result.isComplete
    ? await deps.partitions.acknowledge(space, batches)
    : await deferFanOut(deps, space, batches, result);
  // Those that were not read come first.
  return { processed: idsOf(records).length, remaining: [...unread, ...remaining] };
}

/** Hands the rest of these batches to fan-out jobs. Returns the partitions that are not empty yet. */
async function deferFanOut(
  { fanOutQueue, partitions }: ProcessPartitionsDeps,
  space: string,
  batches: readonly PartitionRecords[],
  { isRetry }: BatchResult,
): Promise<number[]> {
  const remaining = await Promise.all(
    batches.map(async ({ partition, records }) => {
      // The job id includes the partition, because records of two partitions may share an id, and the last
      // record, because a retry may read more records after the first.
      await fanOutQueue.add(`${space}.${partition}.${records[0]?.id}.${records.at(-1)?.id}`, {
        space,
        actions: idsOf(records),
        isRetry,
        checkpoint: { key: null, user: null },
      });
      return (await partitions.remove(space, partition, records)) ? [] : [partition];
    }),
  );
  return remaining.flat();
}

const idsOf = (records: readonly BatchRecord[]): string[] =>
  records.flatMap((record) => record.actions.map((action) => action.id));

interface BatchStart {
  /** By `monotonicNow`, before the position was taken. */
  startedAt: Millis;
  /** Taken before the records were read. */
  readPosition: Position;
}

interface BatchResult {
  /** Feeds are up to date. Otherwise a fan-out job must do the rest. */
  isComplete: boolean;
  /** Items of these actions may exist already. */
  isRetry: boolean;
}

async function processBatch(
  deps: ProcessPartitionsDeps,
  space: string,
  records: readonly BatchRecord[],
  { startedAt, readPosition }: BatchStart,
): Promise<BatchResult> {
  const stores = await deps.spaces.writer(space);
  const context = { space, stores };
  const incoming = { actions: records.flatMap((record) => record.actions), readPosition };
  const early = new EarlyWrite(deps, space);
  try {
    const { reads, actions, earlierResolutions } = await readBeside(deps, context, incoming, {
      store: () =>
        commitBatch({ store: stores.actions, handlers: deps.handlers, position: readPosition }, records),
      onRead: ({ audience }) => {
        const users = earlyUsers(deps, incoming.actions, audience);
        if (users.size > 0) early.begin(users);
      },
    });
    const isRetry = earlierResolutions.size > 0;
    const stored = { space, startedAt, actions, readPosition, isRetry, publishedAt: new Set<Position>() };
    const first = await deliver(deps, context, stored, reads, early);
    if (!first.isStale) return first;
    const newReads = await readStored(deps, context, stored);
    // If the audience was too large, the first fan-out wrote nothing.
    const again = { ...stored, isRetry: first.isComplete || first.isRetry, isRepeat: true };
    return await deliver(deps, context, again, newReads);
  } finally {
    // What stays registered is repaired. A failure here must not repeat a batch that is delivered.
    await early.end().catch(() => undefined);
  }
}

/**
 * Returns the users whose items are probably the first write. None for many actions: finding them costs more than a batch of that
 * size gains.
 */
function earlyUsers(
  deps: ProcessPartitionsDeps,
  actions: readonly AcceptedAction[],
  audience: FanOutReads['audience'],
): ReadonlySet<string> {
  if (audience === null || actions.length > MAX_EARLY.actions) return new Set();
  const matcher = new Matcher(readable(deps, actions));
  const users = new Set<string>();
  for (const matches of [matcher.matchNotified(), matcher.match(audience)])
    for (const match of matches) for (const { user } of match.users) users.add(user);
  return users.size > MAX_EARLY.users ? new Set() : users;
}

/** Applies deletions to stored actions, fans them out and announces them. `isStale`: it must be repeated with new reads. */
async function deliver(
  deps: ProcessPartitionsDeps,
  context: SpaceContext,
  { isRepeat = false, publishedAt, ...stored }: FanOutBatch & BatchStart & { isRepeat?: boolean },
  reads: FanOutReads,
  early?: EarlyWrite,
): Promise<BatchResult & { isStale: boolean }> {
  const { space, isRetry = false } = stored;
  const actions = await applyDeletions(deps, context, stored.actions, reads.deletedObjects);
  // What the first fan-out published is the same, unless an object was deleted. It did not publish what a crashed attempt left
  // in feeds that it knew nothing of.
  const isPublished = isRepeat && reads.deletedObjects.size === 0;
  const batch = {
    ...stored,
    actions: readable(deps, actions),
    readPosition: reads.readPosition,
    ...((isPublished || !isRepeat) && { publishedAt }),
  };
  const [{ outcome, invalidated }] = await Promise.all([
    fanOutInline(deps, batch, reads.audience, early),
    isPublished ? null : announce(deps, context.stores, { ...stored, actions }),
  ]);
  const result = { isComplete: outcome === 'done', isRetry: isRetry || outcome === 'timedOut' };
  if (!reads.isStale) return { ...result, isStale: false };
  const names =
    invalidated === undefined ? await deps.invalidations.since(space, reads.readPosition) : invalidated;
  return { ...result, isStale: reads.isStale(names) };
}

/**
 * Publishes the actions to clients that watch objects. If a crashed attempt may have stored them without
 * publishing, or they were in flight for too long, they get a new position, because a client may have read
 * past the old one (decision 7).
 */
async function announce(
  deps: ProcessPartitionsDeps,
  stores: Stores,
  { space, actions, startedAt, readPosition, isRetry = false }: FanOutBatch & BatchStart,
): Promise<void> {
  if (actions.length === 0) return;
  const ids = actions.map((action) => action.id);
  let position = readPosition;
  const mayBeLate = () => deps.monotonicNow() - startedAt > MAX_IN_FLIGHT_MS;
  for (let mustAdvance = isRetry; mustAdvance || mayBeLate(); mustAdvance = false) {
    const now = await deps.clock.now(space);
    if (!mustAdvance && elapsed(position, now) <= toMicros(MAX_IN_FLIGHT_MS)) break;
    await stores.actions.advancePosition(ids, now);
    position = now;
  }
  await publishActions(deps, { space, stores }, actions, { readPosition, position });
}
