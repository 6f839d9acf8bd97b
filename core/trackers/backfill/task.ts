/**
 * The backfill task: brings a user's feed in line with the user's trackers for all actions of an object or
 * class. It processes the actions in chunks, newest first. It derives its work from the stored data, so it
 * both adds and removes items. Actions with undetermined visibility are retried for a while.
 */
import { z } from 'zod';
import type { FeedDeps } from '../../feed/deps.ts';
import { resetFeeds } from '../../feed/write/reset.ts';
import { FeedWriter } from '../../feed/write/writer.ts';
import type { StoredAction } from '../../model/entities.ts';
import type { CheckpointStore } from '../../ports/checkpoint.ts';
import type { ClaimedTask, Task, TaskOutcome } from '../../ports/queue.ts';
import { backfillBounds } from './bounds.ts';
import { actionChunks } from './chunks.ts';
import { diffFeed, toChangeSet } from './diff.ts';
import { snapshotEndedVersions } from './ended-versions.ts';

/** How long undetermined visibility is retried, in microseconds. */
const VISIBILITY_RETRY_MICROS = 15 * 60_000_000;
/** The maximum number of undetermined actions. With more, the task pauses until `visible` works again. */
const MAX_UNDETERMINED = 500;

const checkpointSchema = z.object({
  /** Actions up to this cursor are processed. */
  after: z.object({ time: z.number(), id: z.string() }).nullable(),
  /** The number of changes pushed so far. */
  pushed: z.number(),
  /** Some changes were not pushed, so the user needs a reset at the end. */
  needsReset: z.boolean(),
  /** Processed actions with undetermined visibility. */
  undetermined: z.array(z.string()).default([]),
});
type BackfillCheckpoint = z.infer<typeof checkpointSchema>;

export type BackfillTask = Extract<Task, { kind: 'backfill' }>;

export async function backfill(
  deps: FeedDeps,
  space: string,
  { task: { user, key }, jobStartPosition }: Pick<ClaimedTask, 'jobStartPosition'> & { task: BackfillTask },
  progress: CheckpointStore,
): Promise<TaskOutcome> {
  const stores = await deps.spaces.writer(space);
  const writer = new FeedWriter(deps, stores, space);
  const start = loadCheckpoint(progress);
  // Taken before anything is read: all items of these versions are processed below, or were by the resumed
  // attempt.
  const markRevalidated = await snapshotEndedVersions(deps, { space, stores }, { user, keys: [key] });
  let { after, pushed, needsReset } = start;
  const undetermined = new Set<string>();
  const saveCheckpoint = () =>
    progress.saveCheckpoint(
      JSON.stringify({
        after,
        pushed,
        needsReset,
        undetermined: [...undetermined],
      } satisfies BackfillCheckpoint),
    );
  // Taken before the actions are read: the writer queries invalidations since this position after the write.
  let readPosition = await deps.clock.now(space);
  const mayRetryVisibility = readPosition - jobStartPosition < VISIBILITY_RETRY_MICROS;
  const applyDiff = async (actions: readonly StoredAction[]): Promise<void> => {
    const diff = await diffFeed(deps, stores, { space, user, readPosition, jobStartPosition }, actions);
    const { changes, checkExisting } = diff;
    const toPush = changes.slice(0, Math.max(0, backfillBounds.pushLimit - pushed));
    const unpushed = changes.slice(toPush.length);
    if (toPush.length > 0)
      await writer.write(toChangeSet(diff, toPush), { readPosition, jobStartPosition, checkExisting });
    pushed += toPush.length;
    if (unpushed.length > 0) {
      needsReset = true;
      const notApplied = unpushed.filter((change) => !change.alreadyApplied);
      await writer.write(toChangeSet(diff, notApplied), {
        readPosition,
        checkExisting,
        suppressPushes: true,
      });
    }
    if (mayRetryVisibility)
      for (const id of [...diff.undetermined, ...writer.undetermined]) undetermined.add(id);
  };
  if (start.undetermined.length > 0) {
    await applyDiff([...(await stores.actions.byIds(start.undetermined)).values()]);
    readPosition = await deps.clock.now(space);
  }
  const chunks = actionChunks(stores.actions, key, after, backfillBounds.chunkSize);
  for await (const { actions, upTo } of undetermined.size > MAX_UNDETERMINED ? [] : chunks) {
    await applyDiff(actions);
    after = upTo;
    await saveCheckpoint();
    if (undetermined.size > MAX_UNDETERMINED) break;
    readPosition = await deps.clock.now(space);
  }
  if (needsReset) await resetFeeds(deps, stores, space, [user]);
  if (undetermined.size === 0) {
    await markRevalidated();
    return 'done';
  }
  needsReset = false;
  await saveCheckpoint();
  return 'waiting';
}

function loadCheckpoint({ checkpoint }: CheckpointStore): BackfillCheckpoint {
  if (!checkpoint) return { after: null, pushed: 0, needsReset: false, undetermined: [] };
  const saved = checkpointSchema.parse(JSON.parse(checkpoint.text));
  // A new request starts over. Changes that were not pushed still need their reset.
  return checkpoint.sameRequest ? saved : { ...saved, after: null, undetermined: [] };
}
