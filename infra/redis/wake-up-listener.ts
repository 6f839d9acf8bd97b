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
/** Wake-ups taken at a time while partitions are processed. */
const MAX_TAKEN = 64;
/** Partitions wait this long for the running batch of their space. Then it is slow, and they are processed beside it. */
const MAX_HELD_MS = 100;

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
  /** Partitions of a space wait for each other and are processed together. Otherwise each is processed alone and at once. */
  isBatching: boolean;
  /** Processes partitions of one space. One may be named twice: a job may have emptied it while it waited. */
  process(partitions: readonly [PartitionId, ...PartitionId[]]): Promise<void>;
  /** `process` failed. Polling finds its partitions. */
  onError(error: unknown): void;
}

type Partitions = [PartitionId, ...PartitionId[]];

/**
 * Takes wake-ups of all shards and processes their partitions: at once if the worker does nothing for their space. While a batch of
 * the space runs, they are **held**, and processed together when it ends. So the busier a space is, the larger its batches are, and
 * the less an action costs. Several batches at a time would be smaller, and each would slow down the others. Starts **paused**.
 *
 *     paused ⇄ listening ──▶ closed
 *
 * A command that blocks while the listener pauses may still take one wake-up. It is processed as well, and so is what is held.
 */
export class WakeUpListener {
  readonly #options: ListenerOptions;
  readonly #running = new Set<Promise<void>>();
  /** Running calls of `process`, by space. */
  readonly #runningOf = new Map<string, number>();
  /** By space, in order of arrival. Overdue ones don't wait for the running batch of their space any more. */
  readonly #held = new Map<string, { partitions: Partitions; timer: NodeJS.Timeout; isOverdue: boolean }>();
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
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #listen(source: WakeUpSource): Promise<void> {
    const { concurrency, isBatching } = this.#options;
    while (this.#state === 'listening') {
      if (this.#running.size >= concurrency) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      for (const [space, partitions] of groupBy(await this.#take(source), (each) => each.space)) {
        if (isBatching) this.#hold(space, partitions);
        else this.#start(space, partitions);
      }
      this.#startHeld();
    }
  }

  #hold(space: string, partitions: Partitions): void {
    const held = this.#held.get(space);
    if (held) return void held.partitions.push(...partitions);
    const timer = setTimeout(() => {
      const overdue = this.#held.get(space);
      if (overdue) overdue.isOverdue = true;
      this.#startHeld();
    }, MAX_HELD_MS);
    this.#held.set(space, { partitions, timer, isOverdue: false });
  }

  /** Starts what need not wait for a running batch of its space, while there are slots. */
  #startHeld(): void {
    for (const [space, { partitions, timer, isOverdue }] of this.#held) {
      if (this.#running.size >= this.#options.concurrency) return;
      if (this.#runningOf.has(space) && !isOverdue) continue;
      clearTimeout(timer);
      this.#held.delete(space);
      this.#start(space, partitions);
    }
  }

  #start(space: string, partitions: Partitions): void {
    this.#countRunning(space, 1);
    const running = this.#options
      .process(partitions)
      .catch(this.#options.onError)
      .finally(() => {
        this.#running.delete(running);
        this.#countRunning(space, -1);
        this.#startHeld();
        for (const resume of this.#waiting.splice(0)) resume();
      });
    this.#running.add(running);
  }

  #countRunning(space: string, change: number): void {
    const count = (this.#runningOf.get(space) ?? 0) + change;
    if (count > 0) this.#runningOf.set(space, count);
    else this.#runningOf.delete(space);
  }

  async #take(source: WakeUpSource): Promise<PartitionId[]> {
    const first = await this.#next(source);
    if (first === null) return [];
    const { redis, shard } = source;
    if (!this.#options.isBatching || this.#running.size === 0) return [parsePartition(first)];
    const others = await redis.lpop(shard.wakeUpsKey, MAX_TAKEN).catch(() => null);
    return [first, ...(others ?? [])].map(parsePartition);
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
