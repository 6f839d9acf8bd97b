/**
 * The backfill task: brings a user's feed in line with the user's trackers for all actions of an object or
 * class, newest first, from the stored data. Retries undetermined visibility for a while.
 */
import { z } from 'zod';
import type { Coverage } from '../../feed/write/coverage.ts';
import { resetFeeds } from '../../feed/write/reset.ts';
import { FeedWriter } from '../../feed/write/writer.ts';
import type { ActionOutline } from '../../model/entities.ts';
import { asMillis, elapsed, type Position, toMicros } from '../../model/units.ts';
import { cursorOf, timeCursor } from '../../paging/cursor.ts';
import { readAhead } from '../../paging/read-ahead.ts';
import { scanByTimeRange } from '../../paging/time-ranges.ts';
import { writePages } from '../../paging/write-pages.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { CheckpointStore, TaskOutcome } from '../../ports/tasks.ts';
import { backfillBounds } from './bounds.ts';
import { diffFeed, type FeedDiff, toChangeSet } from './diff.ts';
import { snapshotEndedVersions } from './ended-versions.ts';
import { UserTrackers } from './user-trackers.ts';

/** How long undetermined visibility is retried. */
const VISIBILITY_RETRY_MS = asMillis(15 * 60_000);
/** The maximum number of undetermined actions. With more, the task pauses until `visible` works again. */
const MAX_UNDETERMINED = 500;

const checkpointSchema = z.object({
  /** Actions up to this cursor are processed. */
  after: timeCursor.nullable(),
  /** The number of changes pushed so far. */
  pushed: z.number(),
  /** Some changes were not pushed, so the user needs a reset at the end. */
  needsReset: z.boolean(),
  /** Processed actions with undetermined visibility. */
  undetermined: z.array(z.string()).default([]),
});
type BackfillCheckpoint = z.infer<typeof checkpointSchema>;

/** What a chunk was read with. */
interface ReadContext {
  /** A position from before its trackers and actions were read. The writer queries invalidations since then. */
  readPosition: Position;
  /** The user's trackers, if they were read before. */
  coverage?: Coverage;
}

type ReadDiff = ReadContext & { diff: FeedDiff };

export async function backfill(
  deps: FeedDeps,
  space: string,
  { user, key, jobStartPosition }: { user: string; key: string; jobStartPosition: Position },
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
  const saveCheckpoint = () => {
    const saved: BackfillCheckpoint = { after, pushed, needsReset, undetermined: [...undetermined] };
    return progress.saveCheckpoint(JSON.stringify(saved));
  };
  const readNow = async (): Promise<ReadContext> => ({ readPosition: await deps.clock.now(space) });
  let context = await readNow();
  const mayRetryVisibility = elapsed(jobStartPosition, context.readPosition) < toMicros(VISIBILITY_RETRY_MS);
  // Whether the items of the last chunk were new. Duplicates make inserts slow.
  let foundNone = false;
  const readDiff = async (actions: readonly ActionOutline[]): Promise<ReadDiff> => {
    const read = context;
    // While changes are pushed, they must be known before they are written.
    const assumeNew = needsReset && foundNone;
    const options = { space, user, jobStartPosition, ...read, assumeNew };
    const diff = await diffFeed(deps, stores, options, actions);
    if (!assumeNew) ({ foundNone } = diff);
    return { ...read, diff };
  };
  const applyDiff = async ({ diff, readPosition }: ReadDiff): Promise<void> => {
    const { changes, checkExisting } = diff;
    const toPush = changes.slice(0, Math.max(0, backfillBounds.pushLimit - pushed));
    const unpushed = changes.slice(toPush.length);
    // Before the first write, because the next chunk may be written meanwhile. A crash then costs a reset too many.
    pushed += toPush.length;
    needsReset ||= unpushed.length > 0;
    if (toPush.length > 0)
      await writer.write(toChangeSet(diff, toPush), { readPosition, jobStartPosition, checkExisting });
    if (unpushed.length > 0) {
      const notApplied = unpushed.filter((change) => !change.alreadyApplied);
      const options = { readPosition, checkExisting, suppressPushes: true };
      const changed = await writer.write(toChangeSet(diff, notApplied), options);
      if (changed < notApplied.length) foundNone = false;
    }
    if (mayRetryVisibility)
      for (const id of [...diff.undetermined, ...writer.undetermined]) undetermined.add(id);
  };
  if (start.undetermined.length > 0) {
    await applyDiff(await readDiff([...(await stores.actions.byIds(start.undetermined)).values()]));
    context = await readNow();
  }
  const userTrackers = new UserTrackers(deps, { space, stores }, user);
  // Only what is pushed, and `visible`, need whole actions.
  const needsOutlines = () => needsReset && !deps.settings.visible;
  async function* readChunks() {
    const chunks = scanByTimeRange<ActionOutline>({
      read: (range) =>
        needsOutlines()
          ? stores.actions.findOutlines({ key, ...range })
          : stores.actions.find({ key, ...range }),
      cursorOf,
      start: after,
      get pageSize() {
        return needsOutlines() ? backfillBounds.outlines : backfillBounds.chunkSize;
      },
    });
    for await (const { entries, upTo } of chunks) {
      yield { ...(await readDiff(entries)), upTo };
      const isShort = entries.length < backfillBounds.chunkSize;
      context = isShort ? await readNow() : await userTrackers.forNextChunk(writer.invalidated);
    }
  }
  // The next chunk is read while others are written. They share no action, so none depends on another.
  if (undetermined.size <= MAX_UNDETERMINED) {
    const concurrency = deps.settings.visible ? 1 : backfillBounds.concurrentWrites;
    for await (const { upTo } of writePages(readAhead(readChunks()), concurrency, applyDiff)) {
      after = upTo;
      await saveCheckpoint();
      if (undetermined.size > MAX_UNDETERMINED) break;
    }
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
