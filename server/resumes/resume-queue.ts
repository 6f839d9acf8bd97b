/**
 * Clients that resume, by space. After a network failure thousands ask for their changes at once, and each needs five queries. So
 * those that wait are read together: a batch has the queries of one client, and takes the slot of one page.
 *
 *     waiting ── a page slot is free ──▶ batch ──▶ watermarks ──▶ changes, counts, resyncs ──▶ actions ──▶ responses
 *                                          ├─ too many changes: back to waiting, and smaller batches
 *                                          └─ failed: each client is read by itself
 *
 * While sessions wait to start, more clients are about to resume, so a batch waits for some of them. Otherwise a client that does
 * not have to wait for a slot is read by itself, and is not slower than without this queue.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { isService, type Principal } from '../../core/access/principal.ts';
import { rateLimited } from '../../core/errors.ts';
import type { StoredAction } from '../../core/model/entities.ts';
import { asPosition, FIRST_POSITION, type Position } from '../../core/model/units.ts';
import type { PositionClock } from '../../core/ports/clock.ts';
import { isRemoved } from '../../core/ports/feeds.ts';
import type { FeedState, Resume, Resumes } from '../../core/ports/resumes.ts';
import type { Spaces } from '../../core/ports/stores.ts';
import type { Release } from '../limits/slots.ts';

/** Clients in a batch. */
const MAX_BATCH_SIZE = 32;
/** Changes of a batch together, and so its distinct actions. Most clients missed a few. */
const MAX_CHANGES = 100;
/** Concurrent batches of a space: one is read while another is sent. */
const CONCURRENCY = 2;
/** How long a batch waits for more clients while sessions wait to start. */
const COLLECT_MS = 50;
/** Responses in one turn of the event loop. Each takes up to half a millisecond. */
const RESPONSES_PER_TURN = 4;
/** If a batch takes longer, each of its clients is read by itself. */
const READ_TIMEOUT_MS = 5_000;
const MAX_WAITING = 20_000;
/** Bytes of the payloads of waiting calls. */
const MAX_WAITING_BYTES = 16 * 1_048_576;
/** The queue of a space empties within seconds; the exact time is unknown. */
const RETRY_MS = 1_000;

interface ResumeQueueDeps {
  spaces: Spaces;
  clock: PositionClock;
  /** Waits for the slot of a page of the space. */
  enterPage: (space: string) => Promise<Release>;
  /** Returns true if sessions wait to start. */
  hasWaitingSessions: () => boolean;
  onRejected: () => void;
}

interface Waiting {
  resume: Resume;
  bytes: number;
  hasLeft: () => boolean;
  /** Never rejects. */
  respond: (state: FeedState | null) => Promise<void>;
  reject: (error: unknown) => void;
}

interface SpaceQueue {
  /** In order of arrival. */
  waiting: Set<Waiting>;
  bytes: number;
  /** Batches that are being read or wait for a slot. */
  running: number;
  batchSize: number;
  /** A batch waits for more clients. */
  isCollecting: boolean;
}

export class ResumeQueue implements Resumes {
  readonly #deps: ResumeQueueDeps;
  readonly #queues = new Map<string, SpaceQueue>();

  constructor(deps: ResumeQueueDeps) {
    this.#deps = deps;
  }

  async inTurn<T>(
    principal: Principal,
    resume: Resume,
    respond: (state: FeedState | null) => Promise<T>,
  ): Promise<T> {
    // A backend acts for many users, and its calls have slots of their own.
    if (isService(principal)) return await respond(null);
    const { space, call } = principal;
    const signal = call?.signal;
    signal?.throwIfAborted();
    const bytes = call?.bytes ?? 0;
    const queue = this.#queues.get(space) ?? newQueue();
    if (queue.waiting.size >= MAX_WAITING || queue.bytes + bytes > MAX_WAITING_BYTES) {
      this.#deps.onRejected();
      throw rateLimited('too many clients of this space are waiting', RETRY_MS);
    }
    this.#queues.set(space, queue);
    return await new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        remove(queue, entry);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        resume,
        bytes,
        hasLeft: () => signal?.aborted ?? false,
        reject,
        async respond(state) {
          signal?.removeEventListener('abort', onAbort);
          await respond(state).then(resolve, reject);
        },
      };
      signal?.addEventListener('abort', onAbort);
      add(queue, entry);
      if (queue.running < CONCURRENCY && !queue.isCollecting) void this.#serve(space, queue);
    });
  }

  /** Number of spaces with waiting clients or running batches. */
  get size(): number {
    return this.#queues.size;
  }

  async #serve(space: string, queue: SpaceQueue): Promise<void> {
    queue.running += 1;
    while (queue.waiting.size > 0) {
      try {
        await this.#collect(queue);
        const release = await this.#deps.enterPage(space);
        await this.#serveBatch(space, queue).finally(release);
      } catch (error) {
        // There is no slot. The next clients try again.
        for (const entry of takeBatch(queue)) entry.reject(error);
      }
    }
    queue.running -= 1;
    if (queue.running === 0) this.#queues.delete(space);
  }

  async #collect(queue: SpaceQueue): Promise<void> {
    if (!this.#deps.hasWaitingSessions() || queue.waiting.size >= queue.batchSize) return;
    queue.isCollecting = true;
    await delay(COLLECT_MS);
    queue.isCollecting = false;
  }

  async #serveBatch(space: string, queue: SpaceQueue): Promise<void> {
    const batch = takeBatch(queue);
    if (batch.length <= 1) return await respondInTurn(batch);
    const states = await this.#read(space, batch).catch(() => undefined);
    if (states === undefined) return await respondInTurn(batch);
    if (states === null) {
      queue.batchSize = Math.ceil(batch.length / 2);
      putBack(queue, batch);
      return;
    }
    const changes = states.reduce((sum, state) => sum + state.changes.length, 0);
    if (2 * changes <= MAX_CHANGES) queue.batchSize = Math.min(MAX_BATCH_SIZE, queue.batchSize * 2);
    const responses: Array<Promise<void>> = [];
    for (const [index, entry] of batch.entries()) {
      if (index > 0 && index % RESPONSES_PER_TURN === 0) await nextTurn();
      if (!entry.hasLeft()) responses.push(entry.respond(states[index] ?? null));
    }
    // The slot is held until they are sent.
    await Promise.all(responses);
  }

  /** Returns the states in the order of the batch, or `null` if they have too many changes. */
  async #read(space: string, batch: readonly Waiting[]): Promise<FeedState[] | null> {
    const from = earliestByUser(batch);
    const users = [...from.keys()];
    // As for a single client: before everything else.
    const watermarks = await this.#deps.clock.watermarks(space, users);
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    // Each query adds a listener, and Node.js warns above ten.
    setMaxListeners(0, signal);
    const { feeds, actions } = this.#deps.spaces.reader(space, signal);
    const [changes, counts, resyncs] = await Promise.all([
      feeds.changesByUser(from, MAX_CHANGES),
      feeds.countsByUser(users),
      feeds.resyncBeforeByUser(users),
    ]);
    if (changes === null) return null;
    const ids = new Set<string>();
    for (const item of [...changes.values()].flat()) {
      const { action } = item;
      if (!isRemoved(item)) ids.add(action);
    }
    const found = ids.size > 0 ? await actions.byIds([...ids]) : new Map<string, StoredAction>();
    const shared: FeedState['actions'] = { byIds: async () => found };
    return batch.map(({ resume: { user, from: start } }) => {
      const [watermark, userCounts] = [watermarks.get(user), counts.get(user)];
      if (watermark === undefined || userCounts === undefined) throw new Error('a user was not read');
      return {
        watermark,
        changes: (changes.get(user) ?? []).filter(({ position }) => position > start.position),
        counts: userCounts,
        resyncBefore: resyncs.get(user) ?? FIRST_POSITION,
        actions: shared,
      };
    });
  }
}

const newQueue = (): SpaceQueue => ({
  waiting: new Set(),
  bytes: 0,
  running: 0,
  batchSize: MAX_BATCH_SIZE,
  isCollecting: false,
});

function add(queue: SpaceQueue, entry: Waiting): void {
  queue.waiting.add(entry);
  queue.bytes += entry.bytes;
}

function remove(queue: SpaceQueue, entry: Waiting): void {
  if (queue.waiting.delete(entry)) queue.bytes -= entry.bytes;
}

/** Removes the first entry, and others that can be read with it. A later page of many changes is read by itself. */
function takeBatch(queue: SpaceQueue): Waiting[] {
  const [first] = queue.waiting;
  if (!first) return [];
  const batch = [first];
  for (const entry of isShareable(first) ? queue.waiting : []) {
    if (batch.length >= queue.batchSize) break;
    if (entry !== first && isShareable(entry)) batch.push(entry);
  }
  for (const entry of batch) remove(queue, entry);
  return batch;
}

const isShareable = ({ resume }: Waiting): boolean => resume.from.after === null;

/** Puts the entries in front of those that came later. */
function putBack(queue: SpaceQueue, batch: readonly Waiting[]): void {
  const later = [...queue.waiting];
  for (const entry of later) remove(queue, entry);
  for (const entry of [...batch, ...later]) if (!entry.hasLeft()) add(queue, entry);
}

async function respondInTurn(batch: readonly Waiting[]): Promise<void> {
  for (const entry of batch) if (!entry.hasLeft()) await entry.respond(null);
}

/** A user may have several clients. */
function earliestByUser(batch: readonly Waiting[]): Map<string, Position> {
  const from = new Map<string, Position>();
  for (const { resume } of batch) {
    const { user } = resume;
    const { position } = resume.from;
    from.set(user, asPosition(Math.min(position, from.get(user) ?? position)));
  }
  return from;
}
