import type { Redis } from 'ioredis';
import { groupBy } from '../../core/model/group-by.ts';
import { wakeUpsKey } from './keys.ts';
import { type PartitionId, parsePartition } from './wake-ups.ts';

/** How long a command waits for a wake-up. */
const BLOCK_S = 2;
/** A response that is this much later than it should be was lost with its connection. */
const GRACE_MS = 2_000;
/** Pause after an error, such as a lost connection. */
const RETRY_MS = 200;

interface ListenerOptions {
  /** A connection of its own, because its commands block. A command fails when the connection is lost. */
  redis: Redis;
  /** Calls of `process` at a time. */
  concurrency: number;
  /** Partitions taken at a time while others are processed. */
  maxTaken: number;
  /** Processes partitions of one space. */
  process(partitions: readonly [PartitionId, ...PartitionId[]]): Promise<void>;
  /** `process` failed. Polling finds its partitions. */
  onError(error: unknown): void;
}

/**
 * Takes wake-ups and processes their partitions: each at once if the worker is idle, together if it is busy. Starts **paused**.
 *
 *     paused ⇄ listening ──▶ closed
 *
 * A command that blocks while the listener pauses may still take one wake-up. It is processed as well.
 */
export class WakeUpListener {
  readonly #options: ListenerOptions;
  readonly #running = new Set<Promise<void>>();
  #state: 'paused' | 'listening' | 'closed' = 'paused';
  #loop: Promise<void> | null = null;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  resume(): void {
    if (this.#state === 'closed') return;
    this.#state = 'listening';
    this.#loop ??= this.#listen().finally(() => {
      this.#loop = null;
      // Resumed while the last command was blocking.
      if (this.#state === 'listening') this.resume();
    });
  }

  pause(): void {
    if (this.#state === 'listening') this.#state = 'paused';
  }

  /** Takes no more wake-ups, and waits until the running partitions are processed. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#options.redis.disconnect();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #listen(): Promise<void> {
    const { concurrency, process } = this.#options;
    while (this.#state === 'listening') {
      if (this.#running.size >= concurrency) {
        await Promise.race(this.#running);
        continue;
      }
      for (const partitions of groupBy(await this.#take(), ({ space }) => space).values()) {
        const running = process(partitions)
          .catch(this.#options.onError)
          .finally(() => this.#running.delete(running));
        this.#running.add(running);
      }
    }
  }

  async #take(): Promise<PartitionId[]> {
    const first = await this.#next();
    if (first === null) return [];
    const { redis, maxTaken } = this.#options;
    const mayTakeMore = this.#running.size > 0 && maxTaken > 1;
    const others = mayTakeMore ? await redis.lpop(wakeUpsKey, maxTaken - 1).catch(() => null) : null;
    return [first, ...(others ?? [])].map(parsePartition);
  }

  async #next(): Promise<string | null> {
    const { redis } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<'overdue'>((resolve) => {
      timer = setTimeout(resolve, BLOCK_S * 1_000 + GRACE_MS, 'overdue');
    });
    try {
      const found = await Promise.race([redis.blpop(wakeUpsKey, BLOCK_S), overdue]);
      if (found !== 'overdue') return found?.[1] ?? null;
      redis.disconnect(true);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    } finally {
      clearTimeout(timer);
    }
    return null;
  }
}
