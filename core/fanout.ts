/**
 * Fan-out: bringing stored actions into the feeds of everyone whose trackers match (decision 5). Idempotent;
 * holds one chunk of trackers and two of items, whatever the audience.
 */
import type { DeletionDeps } from './deletion/deps.ts';
import { applyDeletions } from './deletion/ingest.ts';
import { askAgain } from './fanout-again.ts';
import { type Pairing, type Pairings, writeChunk } from './fanout-chunk.ts';
import { FeedWriter } from './feed/writer.ts';
import { decisionsAbout } from './grouping/resolve.ts';
import { actionKeys, itemId } from './keys.ts';
import { matches, type Role, rolesByKey } from './matching.ts';
import type { StoredAction, TrackerMatch } from './model.ts';
import type { FanOutQueue, FanOutTask } from './ports/queue.ts';
import type { Stores } from './ports/stores.ts';
import { VisibleBudget } from './visible-budget.ts';

export interface FanOutDeps extends DeletionDeps {
  fanOutQueue: FanOutQueue;
  bounds?: FanOutBounds;
}

export interface FanOutBounds {
  /** An audience up to this many trackers, and this many items, is served while the lane waits. */
  inline: { trackers: number; items: number };
  /** Items written at once, and trackers read at once. */
  chunk: number;
  /** Chunks of trackers between two notes of progress. */
  noteEvery: number;
}

const defaultBounds: FanOutBounds = {
  inline: { trackers: 2_000, items: 4_000 },
  chunk: 1_000,
  noteEvery: 10,
};

export interface FanOutBatch {
  space: string;
  /** With level at least `readableLevel`. */
  actions: readonly StoredAction[];
  /** A position taken before the actions were read or written, and so before trackers are read. */
  since: number;
  /** Whether an earlier run may have begun with these: then most items may be there already. */
  again?: boolean;
  /** Where `visible` is asked again about these. */
  asked?: FanOutTask['asked'];
}

/** The trackers that may match these actions; `null` where they are too many to be served while a lane waits. */
export async function audienceOf(
  { bounds = defaultBounds }: FanOutDeps,
  stores: Stores,
  actions: readonly StoredAction[],
): Promise<readonly TrackerMatch[] | null> {
  const keys = [...new Set(actions.flatMap(actionKeys))];
  if (keys.length === 0) return [];
  const most = bounds.inline.trackers;
  const trackers = await stores.trackers.some(keys, most + 1);
  return trackers.length > most ? null : trackers;
}

/** How long a lane waits for the application's `visible`, and how long one run off the lanes does. */
const INLINE_VISIBLE_MS = 1_000;
const RUN_VISIBLE_MS = 10_000;

/**
 * `large`: the audience is, and nothing was done. `late`: `visible` did not answer in time, and what it had not answered is
 * missing. Both are to be served off the lane.
 */
export type Served = 'done' | 'large' | 'late';

/** Serves a small audience. */
export async function fanOutNow(
  deps: FanOutDeps,
  batch: FanOutBatch,
  audience: readonly TrackerMatch[] | null,
): Promise<Served> {
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const { inline } = deps.bounds ?? defaultBounds;
  if (audience === null || matcher.size(audience) > inline.items) return 'large';
  const handlers = new VisibleBudget(deps.handlers, INLINE_VISIBLE_MS);
  const run = new Run({ ...deps, handlers }, stores, batch);
  await run.add(matcher.notified());
  await run.add(matcher.pair(audience));
  const unknown = await run.write();
  if (unknown.length > 0 && handlers.isSpent) return 'late';
  await run.askAgain(unknown);
  return 'done';
}

/** Serves any audience, streaming. `note` is told now and then how far everything is written. */
export async function fanOutAll(
  deps: FanOutDeps,
  batch: FanOutBatch,
  start: FanOutTask['done'],
  note: (done: FanOutTask['done']) => Promise<void>,
): Promise<void> {
  const { chunk, noteEvery } = deps.bounds ?? defaultBounds;
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const handlers = new VisibleBudget(deps.handlers, RUN_VISIBLE_MS);
  const run = new Run({ ...deps, handlers }, stores, batch);
  if (start.key === null) await run.add(matcher.notified());
  let chunks = 0;
  for (const key of matcher.keys) {
    if (start.key !== null && key < start.key) continue;
    const after = key === start.key ? start.user : null;
    for await (const trackers of stores.trackers.ofKey(key, after, chunk)) {
      await run.add(matcher.pair(trackers));
      chunks += 1;
      if (chunks % noteEvery === 0) {
        await run.finish();
        await note({ key, user: trackers.at(-1)?.user ?? null });
        matcher.keep(await run.refresh());
      }
    }
  }
  await run.finish();
}

/** Does what was handed on. `again`: this is not the first attempt. */
export async function fanOutTask(
  deps: FanOutDeps,
  task: FanOutTask,
  again: boolean,
  note: (done: FanOutTask['done']) => Promise<void>,
): Promise<void> {
  const { space } = task;
  const since = await deps.clock.now(space);
  const stores = await deps.spaces.writer(space);
  const decisions = [...(await decisionsAbout(stores.actions, task.actions)).values()];
  const stored = decisions.flatMap((each) => (each.kind === 'action' ? each.action : []));
  // What was deleted since they were handed on.
  const standing = await applyDeletions(deps, { space, stores }, stored);
  const readable = standing.filter((action) => action.level >= deps.settings.readableLevel);
  const batch = { space, actions: readable, since, again: again || task.again, asked: task.asked };
  await fanOutAll(deps, batch, task.done, note);
}

/** Which actions of a batch a tracker is about. */
class Matcher {
  /** Sorted, so that a later run meets them in the same order. */
  readonly keys: string[];
  readonly #actions: readonly StoredAction[];
  readonly #byKey = new Map<string, Array<{ action: StoredAction; role: Role }>>();
  #left: ReadonlySet<string> | null = null;

  constructor(actions: readonly StoredAction[]) {
    this.#actions = actions;
    for (const action of actions) {
      for (const [key, role] of rolesByKey(action)) {
        const list = this.#byKey.get(key);
        if (list) list.push({ action, role });
        else this.#byKey.set(key, [{ action, role }]);
      }
    }
    this.keys = [...this.#byKey.keys()].sort();
  }

  /** How many pairs these trackers can make at the most. */
  size(trackers: readonly TrackerMatch[]): number {
    return trackers.reduce((sum, tracker) => sum + (this.#byKey.get(tracker.key)?.length ?? 0), 0);
  }

  /** Leaves out all other actions from now on. */
  keep(ids: ReadonlySet<string>): void {
    this.#left = ids;
  }

  *pair(trackers: readonly TrackerMatch[]): Generator<Pairing> {
    for (const tracker of trackers) {
      for (const { action, role } of this.#byKey.get(tracker.key) ?? []) {
        if (this.#left && !this.#left.has(action.id)) continue;
        if (matches(tracker, role, action.verb)) yield { action, user: tracker.user, tracker };
      }
    }
  }

  *notified(): Generator<Pairing> {
    for (const action of this.#actions) {
      for (const user of action.notify) yield { action, user, tracker: null };
    }
  }
}

/** Gathers pairings into chunks and writes up to two of them at a time. */
class Run {
  readonly #deps: FanOutDeps;
  readonly #stores: Stores;
  readonly #batch: FanOutBatch;
  readonly #writer: FeedWriter;
  readonly #size: number;
  #since: number;
  #chunk = new Map<string, [Pairing, ...Pairing[]]>();
  readonly #writing = new Set<Promise<void>>();
  /** Actions of which `visible` could not say who may see them. */
  readonly #unknown = new Set<string>();
  /** The first that went wrong: nothing is done until `finish` has not thrown. */
  #failure: { error: unknown } | null = null;

  constructor(deps: FanOutDeps, stores: Stores, batch: FanOutBatch) {
    this.#deps = deps;
    this.#stores = stores;
    this.#batch = batch;
    this.#writer = new FeedWriter(deps, stores, batch.space);
    this.#size = (deps.bounds ?? defaultBounds).chunk;
    this.#since = batch.since;
  }

  async add(pairings: Iterable<Pairing>): Promise<void> {
    for (const pairing of pairings) {
      const id = itemId(pairing.action.id, pairing.user);
      const known = this.#chunk.get(id);
      if (known) known.push(pairing);
      else this.#chunk.set(id, [pairing]);
      if (this.#chunk.size >= this.#size) await this.#flush();
    }
  }

  async finish(): Promise<void> {
    await this.askAgain(await this.write());
  }

  /** Returns, once, the actions of which `visible` could not say who may see them. */
  async write(): Promise<readonly string[]> {
    if (this.#chunk.size > 0) await this.#flush();
    await Promise.all(this.#writing);
    this.#check();
    const unknown = [...this.#unknown, ...this.#writer.unknown];
    this.#unknown.clear();
    return unknown;
  }

  async askAgain(unknown: readonly string[]): Promise<void> {
    if (unknown.length > 0) await askAgain(this.#deps, this.#batch, unknown);
  }

  /** With everything written: which of the actions are there still. What goes from now on is what may overlap. */
  async refresh(): Promise<ReadonlySet<string>> {
    this.#since = await this.#deps.clock.now(this.#batch.space);
    const found = await this.#stores.actions.byIds(this.#batch.actions.map((action) => action.id));
    return new Set(found.keys());
  }

  async #flush(): Promise<void> {
    const chunk: Pairings[] = [...this.#chunk.values()];
    this.#chunk = new Map();
    while (this.#writing.size >= 2) await Promise.race(this.#writing);
    this.#check();
    const { again = false, asked } = this.#batch;
    // Whatever is there already of these actions was written by this work, or not long before it.
    const options = { since: this.#since, again, begun: asked?.begun ?? 0 };
    // It may fail while trackers are read and nobody waits for it.
    const writing = writeChunk(this.#deps, this.#stores, this.#writer, chunk, options)
      .then((unknown) => {
        for (const action of unknown) this.#unknown.add(action);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
