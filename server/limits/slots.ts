/**
 * A keyed semaphore: limits how many calls run at once under one name. A call is **waiting**, in order of arrival, then
 * **active** until it releases its slot. An aborted call leaves the queue. The queue is bounded by number and by bytes.
 */
import { type HubError, rateLimited } from '../../core/errors.ts';

export interface SlotBounds {
  active: number;
  waiting: number;
  /** Bytes of the waiting calls. */
  bytes: number;
}

export interface SlotRequest {
  bytes: number;
  signal: AbortSignal;
}

/** Returns the slot. Repeated calls have no effect. */
export type Release = () => void;

interface Waiter extends SlotRequest {
  start: (release: Release) => void;
}

interface SlotQueue {
  active: number;
  bytes: number;
  waiters: Set<Waiter>;
}

/** A full queue empties within seconds; the exact time is unknown. */
const RETRY_MS = 1_000;

export class Slots<Name> {
  readonly #bounds: SlotBounds;
  readonly #queues = new Map<Name, SlotQueue>();

  constructor(bounds: SlotBounds) {
    this.#bounds = bounds;
  }

  /** @throws HubError rate_limited if the queue is full; the signal's reason if the caller aborts first */
  async enter(name: Name, request: SlotRequest): Promise<Release> {
    request.signal.throwIfAborted();
    const queue = this.#queues.get(name) ?? { active: 0, bytes: 0, waiters: new Set() };
    this.#queues.set(name, queue);
    if (queue.active < this.#bounds.active) return this.#start(name, queue);
    const isFull =
      queue.waiters.size >= this.#bounds.waiting || queue.bytes + request.bytes > this.#bounds.bytes;
    if (isFull) throw queueFullError();
    return this.#wait(queue, request);
  }

  #wait(queue: SlotQueue, { bytes, signal }: SlotRequest): Promise<Release> {
    return new Promise((resolve, reject) => {
      const cleanUp = () => {
        queue.waiters.delete(waiter);
        queue.bytes -= bytes;
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        cleanUp();
        reject(signal.reason);
      };
      const start = (release: Release) => {
        cleanUp();
        resolve(release);
      };
      const waiter: Waiter = { bytes, signal, start };
      queue.waiters.add(waiter);
      queue.bytes += bytes;
      signal.addEventListener('abort', onAbort);
    });
  }

  #start(name: Name, queue: SlotQueue): Release {
    queue.active += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      queue.active -= 1;
      const [next] = queue.waiters;
      if (next) next.start(this.#start(name, queue));
      else if (queue.active === 0) this.#queues.delete(name);
    };
  }
}

const queueFullError = (): HubError => rateLimited('too many calls of this client are waiting', RETRY_MS);
