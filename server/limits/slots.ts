/**
 * A keyed semaphore: limits how many calls run at once under one name. A call is **waiting**, in order of arrival, then
 * **active** until it releases its slot. An aborted call leaves the queue. The queue is bounded by number and by bytes.
 */
import { rateLimited } from '../../core/errors.ts';

interface SlotBounds {
  active: number;
  waiting: number;
  /** Bytes of the waiting calls. */
  bytes: number;
}

interface SlotRequest {
  bytes: number;
  signal: AbortSignal;
}

/** Returns the slot. Repeated calls have no effect. */
export type Release = () => void;

interface SlotQueue {
  active: number;
  bytes: number;
  waiters: Set<(release: Release) => void>;
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
    if (isFull) throw rateLimited('too many calls of this client are waiting', RETRY_MS);
    return this.#wait(queue, request);
  }

  #wait(queue: SlotQueue, { bytes, signal }: SlotRequest): Promise<Release> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        queue.waiters.delete(start);
        queue.bytes -= bytes;
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(signal.reason));
      const start = (release: Release) => end(() => resolve(release));
      queue.waiters.add(start);
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
      const [startNext] = queue.waiters;
      if (startNext) startNext(this.#start(name, queue));
      else if (queue.active === 0) this.#queues.delete(name);
    };
  }
}
