import { groupBy } from '../../core/model/group-by.ts';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';
import { type PartitionId, parsePartition } from './wake-ups.ts';

/** How long a command waits for a wake-up. */
const BLOCK_S = 2;
/** A response that is this much later than it should be was lost with its connection. */
const GRACE_MS = 2_000;
/** Pause after an error, such as a lost connection. */
const RETRY_MS = 200;

/** The wake-ups of a shard. */
interface WakeUpSource {
  shard: Shard;
  /** A connection of its own, because its commands block. A command fails when the connection is lost. */
  redis: RedisClient;
}

interface ListenerOptions {
  sources: readonly WakeUpSource[];
  /** Calls of `process` at a time. Each source may exceed it by one, because it takes a wake-up that it waited for. */
  concurrency: number;
  /** Partitions taken at a time while others are processed. */
  maxTaken: number;
  /** Processes partitions of one space. */
  process(partitions: readonly [PartitionId, ...PartitionId[]]): Promise<void>;
  /** `process` failed. Polling finds its partitions. */
  onError(error: unknown): void;
}

/**
 * Takes wake-ups of all shards and processes their partitions: each at once if the worker is idle, together if it is busy. Starts **paused**.
 *
 *     paused ⇄ listening ──▶ closed
 *
 * A command that blocks while the listener pauses may still take one wake-up. It is processed as well.
 */
export class WakeUpListener {
  readonly #options: ListenerOptions;
  readonly #running = new Set<Promise<void>>();
  #state: 'paused' | 'listening' | 'closed' = 'paused';
  readonly #loops = new Map<WakeUpSource, Promise<void>>();
  /** Called when a call of `process` ends. */
  #waiting: Array<() => void> = [];

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  resume(): void {
    if (this.#state === 'closed') return;
    this.#state = 'listening';
    for (const source of this.#options.sources) {
      if (this.#loops.has(source)) continue;
      const loop = this.#listen(source).finally(() => {
        this.#loops.delete(source);
        // Resumed while the last command was blocking.
        if (this.#state === 'listening') this.resume();
      });
      this.#loops.set(source, loop);
    }
  }

  pause(): void {
    if (this.#state === 'listening') this.#state = 'paused';
  }

  /** Takes no more wake-ups, and waits until the running partitions are processed. */
  async close(): Promise<void> {
    this.#state = 'closed';
    for (const { redis } of this.#options.sources) redis.disconnect();
    await Promise.all(this.#loops.values());
    await Promise.all(this.#running);
  }

  async #listen(source: WakeUpSource): Promise<void> {
    const { concurrency, process } = this.#options;
    while (this.#state === 'listening') {
      if (this.#running.size >= concurrency) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      for (const partitions of groupBy(await this.#take(source), ({ space }) => space).values()) {
        const running = process(partitions)
          .catch(this.#options.onError)
          .finally(() => {
            this.#running.delete(running);
            for (const resume of this.#waiting.splice(0)) resume();
          });
        this.#running.add(running);
      }
    }
  }

  async #take(source: WakeUpSource): Promise<PartitionId[]> {
    const first = await this.#next(source);
    if (first === null) return [];
    const { redis, shard } = source;
    const { concurrency, maxTaken } = this.#options;
    // Partitions of other spaces take a slot each.
    const more = Math.min(maxTaken, concurrency - this.#running.size) - 1;
    const mayTakeMore = this.#running.size > 0 && more > 0;
    const others = mayTakeMore ? await redis.lpop(shard.wakeUpsKey, more).catch(() => null) : null;
    // A partition may be in the list twice: a job may have emptied it while it waited.
    return [...new Set([first, ...(others ?? [])])].map(parsePartition);
  }

  async #next({ redis, shard }: WakeUpSource): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<'overdue'>((resolve) => {
      timer = setTimeout(resolve, BLOCK_S * 1_000 + GRACE_MS, 'overdue');
    });
    try {
      const found = await Promise.race([redis.blpop(shard.wakeUpsKey, BLOCK_S), overdue]);
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
