/**
 * Throttles large payloads. Reading one costs the event loop milliseconds before and after it is accepted: JSON parsing and
 * garbage collection, validation, a long command to Redis. While other spaces are active at this gateway, large payloads are read
 * one at a time, at a pace that leaves half of the event loop to everything else. The order is round-robin by space, and within
 * a space by subject (decision 45).
 */
import { isService, type Principal } from '../../core/access/principal.ts';
import { type HubError, overloaded, rateLimited } from '../../core/errors.ts';
import type { RecentSpaces } from '../../infra/recent-spaces.ts';
import { limits } from '../../protocol/limits.ts';
import { Pacer, type StartNext } from './pacer.ts';
import { RoundRobinQueue } from './round-robin-queue.ts';

/** A smaller payload (bytes) costs little more than any call. */
const MIN_THROTTLED_BYTES = 2_048;

export const isThrottled = ({ call }: Principal): boolean => (call?.bytes ?? 0) >= MIN_THROTTLED_BYTES;

/**
 * Longest interval (ms) between two payloads of one space, however busy the event loop is. `min` is the shortest such interval
 * for all spaces together. This slows down one space that floods, but not many spaces that send a little each.
 */
const PACE_MS = { space: 50, min: 5 };
/** A payload that has waited this long is rejected. Clients time out after about ten seconds and would send it again. */
const MAX_WAIT_MS = 5_000;
/** Maximum of waiting payloads of one user, of all users of a space, of a space with its backends, and of all spaces. */
const MAX_WAITING = { user: 10, users: 200, space: 250, all: 500 };
/**
 * While `MAX_WAITING.all` is reached, a space may still have this many payloads waiting, so that flooded spaces leave room for
 * others. Here, as in the other limits, users leave room for the backends of their space.
 */
const GUARANTEED_SHARE = { users: 5, space: 10 };
/** Maximum bytes of waiting payloads that are already in memory. A parsed payload takes up to 13 times its bytes. */
const MAX_BYTES_IN_MEMORY = { users: limits.payload, space: 2 * limits.payload };
const RETRY_MS = 1_000;

export interface ThrottledPayload {
  bytes: number;
  /** Whether the payload is already in memory, and not in network buffers. */
  isInMemory?: boolean;
  /** Aborted when the client disconnects. */
  signal: AbortSignal;
  onWait?: () => void;
}

interface Waiter extends ThrottledPayload {
  /** Whether a user sent it, and not a backend. */
  isOfUser: boolean;
  start(): void;
  fail(error: unknown): void;
}

class SpaceQueue {
  /** By subject. */
  readonly waiters = new RoundRobinQueue<Waiter>();
  /** Number of payloads, and bytes of those in memory: `users` counts users only, `space` also backends. */
  readonly users = { waiting: 0, bytesInMemory: 0 };
  readonly space = { waiting: 0, bytesInMemory: 0 };

  count({ isOfUser, isInMemory, bytes }: Waiter, sign: 1 | -1): void {
    for (const counts of isOfUser ? [this.users, this.space] : [this.space]) {
      counts.waiting += sign;
      if (isInMemory) counts.bytesInMemory += sign * bytes;
    }
  }

  /** `isCrowded` means that all spaces together have reached their limit. */
  hasRoom({ bytes, isInMemory }: ThrottledPayload, isOfUser: boolean, isCrowded: boolean): boolean {
    return (isOfUser ? (['users', 'space'] as const) : (['space'] as const)).every((scope) => {
      const { waiting, bytesInMemory } = this[scope];
      const max = isCrowded ? GUARANTEED_SHARE[scope] : MAX_WAITING[scope];
      return waiting < max && (!isInMemory || bytesInMemory + bytes <= MAX_BYTES_IN_MEMORY[scope]);
    });
  }
}

export class PayloadThrottle {
  readonly #recent: RecentSpaces;
  readonly #pacer: { notify(): void };
  /** Holds only spaces with waiting payloads. The next space comes first. */
  readonly #spaces = new Map<string, SpaceQueue>();
  #size = 0;
  #closed: HubError | null = null;

  /** `recent` holds the spaces that are active at this gateway. */
  constructor(
    recent: RecentSpaces,
    createPacer = (options: { maxWaitMs: () => number; startNext: StartNext }): { notify(): void } =>
      new Pacer(options),
  ) {
    this.#recent = recent;
    this.#pacer = createPacer({
      maxWaitMs: () => Math.max(PACE_MS.min, PACE_MS.space / Math.max(1, this.#spaces.size)),
      startNext: () => this.#startNext(),
    });
  }

  /**
   * Waits until a payload may be read. Returns at once if the payload is small or no other space is active.
   * @throws HubError overloaded, or rate_limited if the user has too many waiting payloads; the signal's reason if the client
   * disconnects first
   */
  async enter(principal: Principal, payload: ThrottledPayload): Promise<void> {
    const { space } = principal;
    if (payload.bytes < MIN_THROTTLED_BYTES) return;
    // The only active space does not have to wait.
    if (!this.#recent.hasOther(space)) return this.#shiftAll(space, (waiter) => waiter.start());
    payload.signal.throwIfAborted();
    if (this.#closed) throw this.#closed;
    this.#checkRoom(principal, payload);
    payload.onWait?.();
    await this.#wait(principal, payload);
  }

  /** Rejects all waiting payloads, and later ones that would have to wait. */
  close(reason: HubError): void {
    this.#closed = reason;
    for (const space of [...this.#spaces.keys()]) this.#shiftAll(space, (waiter) => waiter.fail(reason));
  }

  #checkRoom(principal: Principal, payload: ThrottledPayload): void {
    const { space, sub } = principal;
    const isOfUser = !isService(principal);
    const queue = this.#spaces.get(space) ?? new SpaceQueue();
    if (isOfUser && queue.waiters.sizeOf(sub) >= MAX_WAITING.user) {
      throw rateLimited('too many of your large payloads wait to be read', retryAfterMs());
    }
    if (!queue.hasRoom(payload, isOfUser, this.#size >= MAX_WAITING.all)) throw overloadedError();
  }

  #wait(principal: Principal, payload: ThrottledPayload): Promise<void> {
    const { space, sub } = principal;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        payload.signal.removeEventListener('abort', onAbort);
        this.#remove(space, sub, waiter);
        settle();
      };
      const waiter: Waiter = {
        ...payload,
        isOfUser: !isService(principal),
        start: () => end(resolve),
        fail: (error) => end(() => reject(error)),
      };
      const onAbort = () => waiter.fail(payload.signal.reason);
      const timer = setTimeout(() => waiter.fail(overloadedError()), MAX_WAIT_MS);
      payload.signal.addEventListener('abort', onAbort);
      const queue = this.#spaces.get(space) ?? new SpaceQueue();
      this.#spaces.set(space, queue);
      queue.waiters.add(sub, waiter);
      queue.count(waiter, 1);
      this.#size += 1;
      this.#pacer.notify();
    });
  }

  /** Does nothing if the payload was already removed. */
  #remove(space: string, subject: string, waiter: Waiter): void {
    const queue = this.#spaces.get(space);
    if (queue?.waiters.delete(subject, waiter)) this.#onRemoved(space, queue, waiter);
  }

  #onRemoved(space: string, queue: SpaceQueue, waiter: Waiter): void {
    this.#size -= 1;
    queue.count(waiter, -1);
    if (queue.waiters.size === 0) this.#spaces.delete(space);
  }

  #startNext(): boolean {
    const [space] = this.#spaces.keys();
    const waiter = space === undefined ? undefined : this.#shift(space);
    waiter?.start();
    return waiter !== undefined;
  }

  /** Removes and returns the next payload of a space. The space moves behind the others. */
  #shift(space: string): Waiter | undefined {
    const queue = this.#spaces.get(space);
    const waiter = queue?.waiters.next();
    if (!queue || !waiter) return undefined;
    this.#spaces.delete(space);
    this.#spaces.set(space, queue);
    this.#onRemoved(space, queue, waiter);
    return waiter;
  }

  #shiftAll(space: string, run: (waiter: Waiter) => void): void {
    for (let waiter = this.#shift(space); waiter; waiter = this.#shift(space)) run(waiter);
  }
}

const overloadedError = (): HubError =>
  overloaded('too many large payloads wait to be read; retry later', retryAfterMs());

/** Random jitter, so that clients do not all retry at once. */
const retryAfterMs = (): number => Math.round(RETRY_MS * (1 + Math.random()));
