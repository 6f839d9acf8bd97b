/**
 * The fan-out to a large audience, as a job of its own. It streams the trackers: it reads a page while it writes
 * the one before. Its memory use does not depend on the audience.
 *
 * Every few pages it saves a checkpoint, when everything up to there is in feeds. It writes on meanwhile. Connected
 * followers come out of turn (connected-first.ts).
 */
import { applyDeletions } from '../deletion/apply-deletions.ts';
import { resolutionsOf } from '../grouping/resolution.ts';
import { VisibleBudget } from '../handlers/visible-budget.ts';
import type { TrackerMatch } from '../model/entities.ts';
import type { Position } from '../model/units.ts';
import { readAhead } from '../paging/read-ahead.ts';
import type { FanOutTask } from '../ports/queue.ts';
import type { Stores } from '../ports/stores.ts';
import { defaultBounds, type FanOutBatch, type FanOutDeps, type FanOutJobDeps } from './batch.ts';
import { ChunkedDelivery } from './chunked-delivery.ts';
import { ConnectedFirst } from './connected-first.ts';
import { Matcher } from './matcher.ts';

type Checkpoint = FanOutTask['checkpoint'];

export interface FanOutRun {
  /** This is not the first attempt of the job. */
  isRetry: boolean;
  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** The process stops: another one continues from the last checkpoint. */
  isStopping(): boolean;
}

/** The total time that a job waits for `visible`. */
const JOB_VISIBLE_MS = 10_000;
/** With at least so many keys, one query finds those that have trackers. Few keys are read one by one. */
const MANY_KEYS = 12;

/** Runs a queued fan-out. `stopped`: a checkpoint holds what is done, and the rest is left. */
export async function runFanOutTask(
  deps: FanOutJobDeps,
  task: FanOutTask,
  run: FanOutRun,
): Promise<'done' | 'stopped'> {
  const { space } = task;
  const readPosition = await deps.clock.now(space);
  const stores = await deps.spaces.writer(space);
  const resolutions = [...(await resolutionsOf(stores.actions, task.actions)).values()];
  const stored = resolutions.flatMap((each) => (each.kind === 'action' ? each.action : []));
  // Objects may have been deleted since the task was queued.
  const remaining = await applyDeletions(deps, { space, stores }, stored);
  const readable = remaining.filter((action) => action.level >= deps.settings.readableLevel);
  const batch: FanOutBatch = {
    space,
    actions: readable,
    readPosition,
    isRetry: run.isRetry || task.isRetry,
    visibilityRetry: task.visibilityRetry,
  };
  return await fanOutInPages(deps, batch, task.checkpoint, run);
}

async function fanOutInPages(
  deps: FanOutJobDeps,
  batch: FanOutBatch,
  resumeFrom: Checkpoint,
  run: FanOutRun,
): Promise<'done' | 'stopped'> {
  const { chunkSize, checkpointEvery } = deps.bounds ?? defaultBounds;
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const handlers = new VisibleBudget(deps.handlers, JOB_VISIBLE_MS);
  const delivery = new ChunkedDelivery({ ...deps, handlers }, stores, batch);
  const context = { space: batch.space, stores };
  const connectedFirst = new ConnectedFirst(deps, context, { keys: matcher.keys, resumeFrom });
  let readPosition = batch.readPosition;

  const deliverToConnected = async (key: string): Promise<void> => {
    const position = readPosition;
    for await (const trackers of readAhead(connectedFirst.trackersFrom(key))) {
      await delivery.add(matcher.match(trackers), position);
    }
    // The next page may have been requested under an earlier position, so it needs a chunk of its own.
    await delivery.flush();
  };

  const saveWhenWritten = async (checkpoint: Checkpoint): Promise<void> => {
    await delivery.finishStarted();
    await run.saveCheckpoint(checkpoint);
    const position = await deps.clock.now(batch.space);
    const found = await stores.actions.byIds(batch.actions.map((action) => action.id));
    matcher.restrictTo(new Set(found.keys()));
    readPosition = position;
  };

  // A user who tracks another key from now on finds the stored actions.
  const tracked = matcher.keys.length < MANY_KEYS ? null : await findTrackedKeys(deps, stores, matcher.keys);

  let saving = Promise.resolve();
  let pages = 0;
  try {
    if (resumeFrom.key === null) await delivery.add(matcher.matchNotified());
    for (const key of matcher.keys) {
      if (resumeFrom.key !== null && key < resumeFrom.key) continue;
      if (tracked && !tracked.has(key)) continue;
      const after = key === resumeFrom.key ? resumeFrom.user : null;
      const source = stores.trackers.byKey(key, after, chunkSize);
      for await (const page of readAhead(withReadPosition(source, () => readPosition))) {
        if (connectedFirst.isDue(page.trackers)) await deliverToConnected(key);
        await delivery.add(matcher.match(connectedFirst.remaining(page.trackers)), page.readPosition);
        const checkpoint = { key, user: page.trackers.at(-1)?.user ?? null };
        pages += 1;
        if (run.isStopping()) {
          await saving;
          await delivery.finish();
          await run.saveCheckpoint(checkpoint);
          return 'stopped';
        }
        if (pages % checkpointEvery !== 0) continue;
        await saving;
        await delivery.flush();
        saving = saveWhenWritten(checkpoint);
        // It fails when it is awaited.
        saving.catch(() => undefined);
      }
    }
    await saving;
    await delivery.finish();
    return 'done';
  } finally {
    // After a failure, the next attempt saves later checkpoints.
    await saving.catch(() => undefined);
  }
}

/** Returns the keys that have trackers; `null` if there are too many to tell at once. */
async function findTrackedKeys(
  { bounds = defaultBounds }: FanOutDeps,
  { trackers }: Stores,
  keys: readonly string[],
): Promise<ReadonlySet<string> | null> {
  const limit = bounds.inline.trackers;
  const found = await trackers.findByKeys(keys, limit + 1);
  return found.length > limit ? null : new Set(found.map(({ key }) => key));
}

/** Adds to each page the position before which it was not requested. */
async function* withReadPosition(
  source: AsyncIterable<TrackerMatch[]>,
  currentPosition: () => Position,
): AsyncGenerator<{ trackers: TrackerMatch[]; readPosition: Position }> {
  const pages = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const readPosition = currentPosition();
      const { value, done } = await pages.next();
      if (done) return;
      yield { trackers: value, readPosition };
    }
  } finally {
    await pages.return?.();
  }
}
