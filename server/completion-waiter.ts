/** Lets callers wait until feeds are up to date with their actions (decision 9). */
import type { OngoingCall } from '../core/access/principal.ts';
import type { ActionQueue } from '../core/ports/queue.ts';
import type { BusSubscriber } from '../infra/redis/bus.ts';
import { limits } from '../protocol/limits.ts';

/** Maximum of concurrent waiters. Further callers get the same response as after the timeout of 30 s. */
const MAX_WAITERS = 10_000;

interface Waiter {
  space: string;
  remaining: Set<string>;
  done(completed: boolean): void;
}

export type SpaceSubscriptions = Pick<BusSubscriber, 'subscribe' | 'retain'>;

export class CompletionWaiter {
  readonly #queue: ActionQueue;
  readonly #subscriptions: SpaceSubscriptions;
  readonly #waiters = new Set<Waiter>();
  #isClosed = false;

  constructor(queue: ActionQueue, subscriptions: SpaceSubscriptions) {
    this.#queue = queue;
    this.#subscriptions = subscriptions;
  }

  /** Subscribes to the space. Call this before logging the actions, so that no completion is missed. */
  prepare(space: string): Promise<void> {
    return this.#subscriptions.subscribe(space);
  }

  /** Returns true when all ids are completed; false after 30 s, on shutdown, or if the caller disconnects. */
  async waitForCompletion(space: string, ids: readonly string[], call?: OngoingCall): Promise<boolean> {
    if (this.#isClosed || this.#waiters.size >= MAX_WAITERS) return false;
    call?.releaseSlot();
    if (call?.signal.aborted) return false;
    const waiter: Waiter = { space, remaining: new Set(ids), done: () => undefined };
    const done = new Promise<boolean>((resolve) => {
      waiter.done = resolve;
    });
    const giveUp = () => waiter.done(false);
    call?.signal.addEventListener('abort', giveUp);
    this.#waiters.add(waiter);
    const timer = setTimeout(giveUp, limits.wait);
    const { subscribed, release } = this.#subscriptions.retain(space);
    try {
      // Ids that completed before this waiter existed (repeats of a key) will not be published again, so they are checked here.
      const checked = subscribed.then(() => this.#check(waiter)).then(() => done);
      return await Promise.race([checked, done]);
    } finally {
      clearTimeout(timer);
      call?.signal.removeEventListener('abort', giveUp);
      release();
      this.#waiters.delete(waiter);
    }
  }

  onCompleted(space: string, ids: readonly string[], isDead: boolean): void {
    for (const waiter of this.#waiters) {
      if (waiter.space !== space) continue;
      if (!isDead) this.#markCompleted(waiter, ids);
      else if (ids.some((id) => waiter.remaining.has(id))) waiter.done(false);
    }
  }

  /** Checks all waiters, after messages may have been lost. */
  async checkAll(): Promise<void> {
    await Promise.all([...this.#waiters].map((waiter) => this.#check(waiter)));
  }

  /** Fails all waiters after Redis lost its data, because the state of their ids is unknown. */
  failAll(): void {
    for (const waiter of this.#waiters) waiter.done(false);
  }

  close(): void {
    this.#isClosed = true;
    this.failAll();
  }

  async #check(waiter: Waiter): Promise<void> {
    const remaining = [...waiter.remaining];
    const pending = new Set(await this.#queue.pending(waiter.space, remaining));
    this.#markCompleted(
      waiter,
      remaining.filter((id) => !pending.has(id)),
    );
    if (pending.size > 0 && (await this.#queue.deadLettered(waiter.space, [...pending])).length > 0)
      waiter.done(false);
  }

  #markCompleted(waiter: Waiter, ids: readonly string[]): void {
    for (const id of ids) waiter.remaining.delete(id);
    if (waiter.remaining.size === 0) waiter.done(true);
  }
}
