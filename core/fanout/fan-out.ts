/**
 * Fan-out: writes items for stored actions into the feeds of all users whose trackers match (decision 5).
 *
 * A small audience is served inline, while the partition waits. A large one gets a job of its own, which
 * streams the trackers and saves checkpoints. Fan-out is idempotent. Its memory use does not depend on the
 * audience: one chunk of trackers and two chunks of items.
 */
import { applyDeletions } from '../deletion/apply-deletions.ts';
import { FeedWriter } from '../feed/write/writer.ts';
import { resolutionsOf } from '../grouping/resolution.ts';
import { VisibleBudget } from '../handlers/visible-budget.ts';
import type { StoredAction, TrackerMatch } from '../model/entities.ts';
import { groupBy } from '../model/group-by.ts';
import { actionKeys, itemId } from '../model/keys.ts';
import { isMatch, type Role, rolesByKey } from '../model/matching.ts';
import { FIRST_POSITION, type Position } from '../model/units.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import type { FanOutQueue, FanOutTask } from '../ports/queue.ts';
import type { Stores } from '../ports/stores.ts';
import { retryVisibility } from './retry-visibility.ts';
import { type Match, type Matches, writeChunk } from './write-chunk.ts';

export interface FanOutDeps extends DeletionDeps {
  fanOutQueue: FanOutQueue;
  bounds?: FanOutBounds;
}

export interface FanOutBounds {
  /** The largest audience, in trackers and in items, that is served inline. */
  inline: { trackers: number; items: number };
  /** Items per write, and trackers per read. */
  chunkSize: number;
  /** Chunks of trackers between two checkpoints. */
  checkpointEvery: number;
}

const defaultBounds: FanOutBounds = {
  inline: { trackers: 2_000, items: 4_000 },
  chunkSize: 1_000,
  checkpointEvery: 10,
};

export interface FanOutBatch {
  space: string;
  /** Only actions with at least `readableLevel`. */
  actions: readonly StoredAction[];
  /** A position taken before the actions were read or written, and therefore before trackers are read. */
  readPosition: Position;
  /** An earlier attempt may have started with these actions. Then most items may exist already. */
  isRetry?: boolean;
  /** Set if this batch retries `visible`. */
  visibilityRetry?: FanOutTask['visibilityRetry'];
}

/** Returns the trackers that may match these actions; null if there are too many to serve inline. */
export async function audienceOf(
  { bounds = defaultBounds }: FanOutDeps,
  stores: Stores,
  actions: readonly StoredAction[],
): Promise<readonly TrackerMatch[] | null> {
  const keys = [...new Set(actions.flatMap(actionKeys))];
  if (keys.length === 0) return [];
  const maxTrackers = bounds.inline.trackers;
  const trackers = await stores.trackers.findByKeys(keys, maxTrackers + 1);
  return trackers.length > maxTrackers ? null : trackers;
}

/** The total time that inline fan-out waits for `visible`, and the time that a job waits. */
const INLINE_VISIBLE_MS = 1_000;
const JOB_VISIBLE_MS = 10_000;

/**
 * `tooLarge`: the audience exceeds the inline limits, and nothing was written. `timedOut`: `visible` did not
 * return in time for the missing items. In both cases a job must do the rest.
 */
export type InlineResult = 'done' | 'tooLarge' | 'timedOut';

/** Serves a small audience while the partition waits. */
export async function fanOutInline(
  deps: FanOutDeps,
  batch: FanOutBatch,
  audience: readonly TrackerMatch[] | null,
): Promise<InlineResult> {
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const { inline } = deps.bounds ?? defaultBounds;
  if (audience === null || matcher.maxMatches(audience) > inline.items) return 'tooLarge';
  const handlers = new VisibleBudget(deps.handlers, INLINE_VISIBLE_MS);
  const delivery = new ChunkedDelivery({ ...deps, handlers }, stores, batch);
  await delivery.add(matcher.matchNotified());
  await delivery.add(matcher.match(audience));
  const undetermined = await delivery.write();
  if (undetermined.length > 0 && handlers.isExhausted) return 'timedOut';
  await delivery.retryVisibility(undetermined);
  return 'done';
}

/** Streams the trackers of an audience of any size. Saves a checkpoint every `checkpointEvery` chunks. */
async function fanOutInChunks(
  deps: FanOutDeps,
  batch: FanOutBatch,
  resumeFrom: FanOutTask['checkpoint'],
  saveCheckpoint: (checkpoint: FanOutTask['checkpoint']) => Promise<void>,
): Promise<void> {
  const { chunkSize, checkpointEvery } = deps.bounds ?? defaultBounds;
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const handlers = new VisibleBudget(deps.handlers, JOB_VISIBLE_MS);
  const delivery = new ChunkedDelivery({ ...deps, handlers }, stores, batch);
  if (resumeFrom.key === null) await delivery.add(matcher.matchNotified());
  let chunks = 0;
  for (const key of matcher.keys) {
    if (resumeFrom.key !== null && key < resumeFrom.key) continue;
    const after = key === resumeFrom.key ? resumeFrom.user : null;
    for await (const trackers of stores.trackers.byKey(key, after, chunkSize)) {
      await delivery.add(matcher.match(trackers));
      chunks += 1;
      if (chunks % checkpointEvery === 0) {
        await delivery.finish();
        await saveCheckpoint({ key, user: trackers.at(-1)?.user ?? null });
        matcher.restrictTo(await delivery.refresh());
      }
    }
  }
  await delivery.finish();
}

/** Runs a queued fan-out. `isRetry`: this is not the first attempt of the job. */
export async function runFanOutTask(
  deps: FanOutDeps,
  task: FanOutTask,
  isRetry: boolean,
  saveCheckpoint: (checkpoint: FanOutTask['checkpoint']) => Promise<void>,
): Promise<void> {
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
    isRetry: isRetry || task.isRetry,
    visibilityRetry: task.visibilityRetry,
  };
  await fanOutInChunks(deps, batch, task.checkpoint, saveCheckpoint);
}

class Matcher {
  /** Sorted, so that a retry processes them in the same order and can resume at a checkpoint. */
  readonly keys: string[];
  readonly #actions: readonly StoredAction[];
  readonly #byKey: ReadonlyMap<string, ReadonlyArray<{ action: StoredAction; role: Role }>>;
  #remaining: ReadonlySet<string> | null = null;

  constructor(actions: readonly StoredAction[]) {
    this.#actions = actions;
    const roles = actions.flatMap((action) =>
      [...rolesByKey(action)].map(([key, role]) => ({ action, key, role })),
    );
    this.#byKey = groupBy(roles, ({ key }) => key);
    this.keys = [...this.#byKey.keys()].sort();
  }

  /** An upper bound of the matches of these trackers. */
  maxMatches(trackers: readonly TrackerMatch[]): number {
    return trackers.reduce((sum, tracker) => sum + (this.#byKey.get(tracker.key)?.length ?? 0), 0);
  }

  /** Ignores all other actions from now on. */
  restrictTo(ids: ReadonlySet<string>): void {
    this.#remaining = ids;
  }

  *match(trackers: readonly TrackerMatch[]): Generator<Match> {
    for (const tracker of trackers) {
      for (const { action, role } of this.#byKey.get(tracker.key) ?? []) {
        if (this.#remaining && !this.#remaining.has(action.id)) continue;
        if (isMatch(tracker, role, action.verb)) yield { action, user: tracker.user, tracker };
      }
    }
  }

  *matchNotified(): Generator<Match> {
    for (const action of this.#actions) {
      for (const user of action.notify) yield { action, user, tracker: null };
    }
  }
}

/** Groups matches into chunks by item, and writes up to two chunks concurrently. */
class ChunkedDelivery {
  readonly #deps: FanOutDeps;
  readonly #stores: Stores;
  readonly #batch: FanOutBatch;
  readonly #writer: FeedWriter;
  readonly #size: number;
  #readPosition: Position;
  #chunk = new Map<string, [Match, ...Match[]]>();
  readonly #writing = new Set<Promise<void>>();
  /** Actions with users for whom `visible` is undetermined. */
  readonly #undetermined = new Set<string>();
  /** The first error of a write. The delivery is complete only when `finish` returns without throwing it. */
  #failure: { error: unknown } | null = null;

  constructor(deps: FanOutDeps, stores: Stores, batch: FanOutBatch) {
    this.#deps = deps;
    this.#stores = stores;
    this.#batch = batch;
    this.#writer = new FeedWriter(deps, stores, batch.space);
    this.#size = (deps.bounds ?? defaultBounds).chunkSize;
    this.#readPosition = batch.readPosition;
  }

  async add(matches: Iterable<Match>): Promise<void> {
    for (const match of matches) {
      const id = itemId(match.action.id, match.user);
      const itemMatches = this.#chunk.get(id);
      if (itemMatches) itemMatches.push(match);
      else this.#chunk.set(id, [match]);
      if (this.#chunk.size >= this.#size) await this.#flush();
    }
  }

  async finish(): Promise<void> {
    await this.retryVisibility(await this.write());
  }

  /** Writes everything. Returns the actions with undetermined visibility since the last call. */
  async write(): Promise<readonly string[]> {
    if (this.#chunk.size > 0) await this.#flush();
    await Promise.all(this.#writing);
    this.#throwIfFailed();
    const undetermined = [...this.#undetermined, ...this.#writer.undetermined];
    this.#undetermined.clear();
    return undetermined;
  }

  async retryVisibility(undetermined: readonly string[]): Promise<void> {
    if (undetermined.length > 0) await retryVisibility(this.#deps, this.#batch, undetermined);
  }

  /** Call it after `finish`. Takes a new read position and returns the ids of actions that still exist. */
  async refresh(): Promise<ReadonlySet<string>> {
    this.#readPosition = await this.#deps.clock.now(this.#batch.space);
    const found = await this.#stores.actions.byIds(this.#batch.actions.map((action) => action.id));
    return new Set(found.keys());
  }

  async #flush(): Promise<void> {
    const chunk: Matches[] = [...this.#chunk.values()];
    this.#chunk = new Map();
    while (this.#writing.size >= 2) await Promise.race(this.#writing);
    this.#throwIfFailed();
    const { isRetry = false, visibilityRetry } = this.#batch;
    // Without a visibility retry, `FIRST_POSITION` publishes all existing items of these actions: this job
    // wrote them, or another shortly before it.
    const options = {
      readPosition: this.#readPosition,
      isRetry,
      jobStartPosition: visibilityRetry?.jobStartPosition ?? FIRST_POSITION,
    };
    // The write may fail while nothing awaits it, so the error is kept for `#throwIfFailed`.
    const writing = writeChunk(this.#deps, this.#stores, this.#writer, chunk, options)
      .then((undetermined) => {
        for (const action of undetermined) this.#undetermined.add(action);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
