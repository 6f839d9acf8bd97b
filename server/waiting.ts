/** Callers who wait until feeds are up to date with what they logged (decision 9). */
import type { OngoingCall } from '../core/access.ts';
import type { ActionQueue } from '../core/ports/queue.ts';
import type { Hold } from '../infra/redis/bus.ts';
import { limits } from '../protocol/limits.ts';

/** Callers that wait at once; further ones are told that feeds are not up to date yet, as after 30 s. */
const MAX_WAITERS = 10_000;

interface Waiter {
  space: string;
  left: Set<string>;
  done(settled: boolean): void;
}

/** Hearing of a space: now, or for as long as it is held. */
export interface Hearing {
  join: (space: string) => Promise<void>;
  hold: (space: string) => Hold;
}

export class Waiting {
  readonly #queue: ActionQueue;
  readonly #hearing: Hearing;
  readonly #waiters = new Set<Waiter>();
  #isClosed = false;

  constructor(queue: ActionQueue, hearing: Hearing) {
    this.#queue = queue;
    this.#hearing = hearing;
  }

  /** Hears of the space's actions from now on. To be called before they are logged. */
  prepare(space: string): Promise<void> {
    return this.#hearing.join(space);
  }

  /** True when all are in feeds; false after 30 s, or when the gateway closes or the caller has left. */
  async settled(space: string, ids: readonly string[], call?: OngoingCall): Promise<boolean> {
    if (this.#isClosed || this.#waiters.size >= MAX_WAITERS) return false;
    call?.idle();
    const { promise, resolve } = promiseOf<boolean>();
    const leave = () => resolve(false);
    if (call?.signal.aborted) return false;
    call?.signal.addEventListener('abort', leave);
    const waiter: Waiter = { space, left: new Set(ids), done: resolve };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => resolve(false), limits.wait);
    const { joined, release } = this.#hearing.hold(space);
    try {
      // What was settled before the waiter was there, as repeats of a key are, nobody will tell of again.
      const asked = joined.then(() => this.#check(waiter)).then(() => promise);
      return await Promise.race([asked, promise]);
    } finally {
      clearTimeout(timer);
      call?.signal.removeEventListener('abort', leave);
      release();
      this.#waiters.delete(waiter);
    }
  }

  heard(space: string, ids: readonly string[], isDead: boolean): void {
    for (const waiter of this.#waiters) {
      if (waiter.space !== space) continue;
      if (!isDead) this.#take(waiter, ids);
      else if (ids.some((id) => waiter.left.has(id))) waiter.done(false);
    }
  }

  /** After messages may have been missed. */
  async checkAll(): Promise<void> {
    await Promise.all([...this.#waiters].map((waiter) => this.#check(waiter)));
  }

  /** Redis lost its memory: nobody can say any more whether these are in feeds. */
  forgotten(): void {
    for (const waiter of this.#waiters) waiter.done(false);
  }

  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.done(false);
  }

  async #check(waiter: Waiter): Promise<void> {
    const asked = [...waiter.left];
    const pending = new Set(await this.#queue.pending(waiter.space, asked));
    this.#take(
      waiter,
      asked.filter((id) => !pending.has(id)),
    );
    if (pending.size > 0 && (await this.#queue.dead(waiter.space, [...pending])).length > 0)
      waiter.done(false);
  }

  #take(waiter: Waiter, ids: readonly string[]): void {
    for (const id of ids) waiter.left.delete(id);
    if (waiter.left.size === 0) waiter.done(true);
  }
}

function promiseOf<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((take) => {
    resolve = take;
  });
  return { promise, resolve };
}
