import type { EarlyWrite } from '../feed/write/early-write.ts';
import { FeedWriter } from '../feed/write/writer.ts';
import type { StoredAction } from '../model/entities.ts';
import { sortTimeOf } from '../model/matching.ts';
import { FIRST_POSITION, type Position } from '../model/units.ts';
import type { Invalidated } from '../ports/invalidations.ts';
import type { Stores } from '../ports/stores.ts';
import { defaultBounds, type FanOutBatch, type FanOutDeps } from './batch.ts';
import type { Match } from './matcher.ts';
import { retryVisibility } from './retry-visibility.ts';
import { type PendingAction, writeChunk } from './write-chunk.ts';

/** Concurrent writes of one fan-out. */
const MAX_CONCURRENT_WRITES = 2;

/** Groups matches into chunks by item, and writes a few chunks concurrently. */
export class ChunkedDelivery {
  readonly #deps: FanOutDeps;
  readonly #stores: Stores;
  readonly #batch: FanOutBatch;
  readonly #writer: FeedWriter;
  readonly #maxSize: number;
  /** The chunk that is being filled, by action, its items, and a position from before its trackers were read. */
  #chunk = new Map<string, PendingAction>();
  #chunkSize = 0;
  #readPosition: Position;
  readonly #writing = new Set<Promise<void>>();
  /** Actions with users for whom `visible` is undetermined. */
  readonly #undetermined = new Set<string>();
  /** The first error of a write. The delivery is complete only when `finish` returns without throwing it. */
  #failure: { error: unknown } | null = null;

  /** `early`: see `FeedWriter`. */
  constructor(deps: FanOutDeps, stores: Stores, batch: FanOutBatch, early?: EarlyWrite) {
    this.#deps = deps;
    this.#stores = stores;
    this.#batch = batch;
    this.#writer = new FeedWriter(deps, stores, batch.space, early, batch.publishedAt);
    this.#maxSize = (deps.bounds ?? defaultBounds).chunkSize;
    this.#readPosition = batch.readPosition;
  }

  /** As of the writer: what was invalidated since the read positions. */
  get invalidated(): Invalidated | null | undefined {
    return this.#writer.invalidated;
  }

  /** `readPosition`: a position from before the trackers of these matches were read. Within a chunk it never decreases. */
  async add(matches: Iterable<Match>, readPosition = this.#batch.readPosition): Promise<void> {
    if (this.#chunkSize === 0) this.#readPosition = readPosition;
    for (const { action, users } of matches) {
      const sortTime = sortTimeOf(action, this.#deps.settings);
      let pending = this.#pendingOf(action);
      for (const { user, since } of users) {
        const isNew = pending.get(user);
        if (isNew === undefined) this.#chunkSize += 1;
        if (!isNew) pending.set(user, sortTime >= since);
        if (this.#chunkSize < this.#maxSize) continue;
        await this.flush();
        this.#readPosition = readPosition;
        pending = this.#pendingOf(action);
      }
    }
  }

  #pendingOf(action: StoredAction): PendingAction['users'] {
    const known = this.#chunk.get(action.id);
    if (known) return known.users;
    const users: PendingAction['users'] = new Map();
    this.#chunk.set(action.id, { action, users });
    return users;
  }

  /** Writes everything, and queues a retry of `visible` where it is undetermined. */
  async finish(): Promise<void> {
    await this.retryVisibility(await this.writeAll());
  }

  /** Writes everything. Returns the actions with undetermined visibility since the last call. */
  async writeAll(): Promise<readonly string[]> {
    await this.flush();
    return await this.#written();
  }

  /** Begins to write the chunk that is being filled. */
  async flush(): Promise<void> {
    this.#throwIfFailed();
    if (this.#chunkSize === 0) return;
    const chunk = [...this.#chunk.values()].filter(({ users }) => users.size > 0);
    const readPosition = this.#readPosition;
    this.#chunk = new Map();
    this.#chunkSize = 0;
    while (this.#writing.size >= MAX_CONCURRENT_WRITES) await Promise.race(this.#writing);
    this.#throwIfFailed();
    const { isRetry = false, visibilityRetry } = this.#batch;
    // Without a visibility retry, `FIRST_POSITION` publishes all existing items of these actions: this job
    // wrote them, or another shortly before it.
    const options = {
      readPosition,
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

  /** As `finish`, for the chunks that are being written now. More may be added meanwhile. */
  async finishStarted(): Promise<void> {
    await this.retryVisibility(await this.#written());
  }

  async retryVisibility(undetermined: readonly string[]): Promise<void> {
    if (undetermined.length > 0) await retryVisibility(this.#deps, this.#batch, undetermined);
  }

  async #written(): Promise<readonly string[]> {
    await Promise.all(this.#writing);
    this.#throwIfFailed();
    const undetermined = [...this.#undetermined, ...this.#writer.undetermined];
    this.#undetermined.clear();
    return undetermined;
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
