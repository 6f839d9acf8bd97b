/**
 * Fan-out: bringing stored actions into the feeds of everyone whose trackers match (decision 5). Idempotent;
 * holds one chunk of trackers and two of items, whatever the audience.
 */
import { ChunkWriter, type ChunkWriterDeps, type Pairing } from './fanout-chunk.ts';
import { itemId } from './keys.ts';
import { matches, type Role, rolesByKey } from './matching.ts';
import type { StoredAction, TrackerMatch } from './model.ts';
import type { FanOutTask } from './ports/queue.ts';
import type { Spaces, Stores } from './ports/stores.ts';

export interface FanOutDeps extends ChunkWriterDeps {
  spaces: Spaces;
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
  actions: readonly StoredAction[];
}

/** Serves a small audience; answers false, having done nothing, where it is large. */
export async function fanOutNow(deps: FanOutDeps, batch: FanOutBatch): Promise<boolean> {
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const { inline } = deps.bounds ?? defaultBounds;
  const trackers = await stores.trackers.some(matcher.keys, inline.trackers + 1);
  if (trackers.length > inline.trackers || matcher.size(trackers) > inline.items) return false;
  const run = new Run(deps, stores, batch);
  await run.add(matcher.notified());
  await run.add(matcher.pair(trackers));
  await run.finish();
  return true;
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
  const run = new Run(deps, stores, batch);
  if (start.keys === 0 && start.user === null) await run.add(matcher.notified());
  let chunks = 0;
  for (const [index, key] of matcher.keys.entries()) {
    if (index < start.keys) continue;
    const after = index === start.keys ? start.user : null;
    for await (const trackers of stores.trackers.ofKey(key, after, chunk)) {
      await run.add(matcher.pair(trackers));
      chunks += 1;
      if (chunks % noteEvery === 0) {
        await run.finish();
        await note({ keys: index, user: trackers.at(-1)?.user ?? null });
      }
    }
  }
  await run.finish();
}

/** Which actions of a batch a tracker is about. */
class Matcher {
  /** Sorted, so that a later run meets them in the same order. */
  readonly keys: string[];
  readonly #actions: readonly StoredAction[];
  readonly #byKey = new Map<string, Array<{ action: StoredAction; role: Role }>>();

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

  *pair(trackers: readonly TrackerMatch[]): Generator<Pairing> {
    for (const tracker of trackers) {
      for (const { action, role } of this.#byKey.get(tracker.key) ?? []) {
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
  readonly #writer: ChunkWriter;
  readonly #size: number;
  #chunk = new Map<string, Pairing[]>();
  readonly #writing = new Set<Promise<void>>();
  /** The first that went wrong: nothing is done until `finish` has not thrown. */
  #failure: { error: unknown } | null = null;

  constructor(deps: FanOutDeps, stores: Stores, batch: FanOutBatch) {
    this.#writer = new ChunkWriter(deps, stores, batch.space);
    this.#size = (deps.bounds ?? defaultBounds).chunk;
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
    if (this.#chunk.size > 0) await this.#flush();
    await Promise.all(this.#writing);
    this.#check();
  }

  async #flush(): Promise<void> {
    const chunk = [...this.#chunk.values()];
    this.#chunk = new Map();
    while (this.#writing.size >= 2) await Promise.race(this.#writing);
    this.#check();
    // It may fail while trackers are read and nobody waits for it.
    const writing = this.#writer
      .write(chunk)
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
