import { type Job, Queue } from 'bullmq';
import { LRUCache } from 'lru-cache';
import type { FanOutQueue, FanOutTask } from '../../core/ports/queue.ts';
import type { Logger } from '../log.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Shard } from '../redis/keys.ts';
import type { Shards } from '../redis/shards.ts';
import { WakeUps } from '../redis/wake-ups.ts';
import { isTransient } from '../transient-errors.ts';

export const queueNames = {
  partitions: 'partitions',
  lagging: 'lagging',
  fanOut: 'fanout',
  maintenance: 'maintenance',
} as const;

export interface BatchJob {
  space: string;
  partition: number;
  /** Number of failures while all databases were available. */
  faults?: number;
}

/** Faults delay work and lose nothing: jobs are retried until they succeed. */
export const retryForever = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'custom' },
  removeOnComplete: true,
} as const;

/** Retry delay of a job that found a database unavailable. The worker pauses until it is back, then runs them all. */
const OUTAGE_RETRY_MS = 250;

/** Retry delay in milliseconds, at most five seconds. */
export const backoff = (attempt: number, _type?: string, error?: Error): number =>
  isTransient(error)
    ? OUTAGE_RETRY_MS
    : Math.min(5_000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

/**
 * Attempts that neither failed nor run now: their process died, it handed the job back when it stopped, or another process took
 * over a lost job.
 */
export const interruptionsOf = ({ attemptsStarted, attemptsMade }: Job): number =>
  Math.max(0, attemptsStarted - attemptsMade - 1);

/** Jobs that wait, run, or wait for a retry. */
const STATES = ['waiting', 'active', 'delayed'] as const;
export type QueueCounts = Record<(typeof STATES)[number], number>;

/** A queue in each shard. */
export class ShardedQueue<Data> {
  readonly #shards: Shards;
  readonly #queues: ReadonlyMap<Shard, Queue<Data>>;

  constructor(connection: RedisClient, shards: Shards, name: string) {
    this.#shards = shards;
    const open = ({ queuePrefix }: Shard) => {
      const queue = new Queue<Data>(name, { connection, prefix: queuePrefix });
      // The connection reports its own errors.
      queue.on('error', () => undefined);
      return queue;
    };
    this.#queues = new Map(shards.all.map((shard) => [shard, open(shard)]));
  }

  get all(): Queue<Data>[] {
    return [...this.#queues.values()];
  }

  of(space: string): Queue<Data> {
    const queue = this.#queues.get(this.#shards.of(space));
    if (!queue) throw new Error('every shard has a queue');
    return queue;
  }
}

/** Jobs of one kind, in one queue or several. */
export class JobQueues {
  readonly queues: readonly Queue[];

  constructor(queues: readonly Queue[]) {
    this.queues = queues;
  }

  async counts(): Promise<QueueCounts> {
    const found = await Promise.all(this.queues.map((queue) => queue.getJobCounts(...STATES)));
    const sum = (state: keyof QueueCounts) => found.reduce((total, each) => total + (each[state] ?? 0), 0);
    return { waiting: sum('waiting'), active: sum('active'), delayed: sum('delayed') };
  }

  async close(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.close()));
  }
}

/**
 * A space with more pending actions than this is lagging. The threshold is lower while other spaces have work, because the jobs
 * of its partitions delay theirs; but it exceeds the largest batch.
 */
const LAGGING_ABOVE = { alone: 1_000, withOthers: 600 };
/** The same before a batch is accepted: while other spaces have work, a batch on top of this many must not delay them. */
const MAX_BEFORE_BATCH = 200;

/** Interval at which gateways notify partitions of a space with more pending actions than this. */
const COALESCE_MS = 100;
const COALESCE_ABOVE = 1_000;

/**
 * The batch jobs. At most one job of a partition waits and one runs, so notifications are cheap. Partitions of **lagging**
 * spaces have their own queue, of which workers process only a few jobs at a time. So a flooded space delays others by no more
 * than the jobs that run already.
 */
export class BatchJobQueue extends JobQueues {
  readonly #current: ShardedQueue<BatchJob>;
  readonly #lagging: ShardedQueue<BatchJob>;
  readonly #log: Logger;
  readonly #hasOthers: (space: string) => boolean;
  readonly #wakeUps: WakeUps;
  /** Partitions to notify soon, of lagging spaces that were notified just now. */
  readonly #coalesced = new Map<string, Set<number>>();

  /** `hasOthers`: whether spaces other than this one have work. */
  constructor(
    connection: RedisClient,
    shards: Shards,
    log: Logger,
    hasOthers: (space: string) => boolean = () => false,
  ) {
    const current = new ShardedQueue<BatchJob>(connection, shards, queueNames.partitions);
    const lagging = new ShardedQueue<BatchJob>(connection, shards, queueNames.lagging);
    super([...current.all, ...lagging.all]);
    this.#current = current;
    this.#lagging = lagging;
    this.#log = log;
    this.#hasOthers = hasOthers;
    this.#wakeUps = new WakeUps(connection, shards);
  }

  /** Includes partitions that were woken without a job. The partitions of active jobs are claimed, too. */
  override async counts(): Promise<QueueCounts> {
    const [jobs, woken] = await Promise.all([super.counts(), this.#wakeUps.counts()]);
    return { ...jobs, waiting: jobs.waiting + woken.waiting, active: Math.max(jobs.active, woken.active) };
  }

  /** Whether a space with this many pending actions is lagging. */
  isLagging(space: string, pendingCount: number): boolean {
    return pendingCount > (this.#hasOthers(space) ? LAGGING_ABOVE.withOthers : LAGGING_ABOVE.alone);
  }

  /**
   * Within these limits, before and after a batch, an accepted batch wakes a worker directly. While spaces compete, a busy partition
   * may wait in the queue of lagging spaces although its space does not lag any more. So it is notified.
   */
  wakeLimits(space: string): { before: number; after: number; notifyBusy: boolean } {
    return this.#hasOthers(space)
      ? { before: MAX_BEFORE_BATCH, after: LAGGING_ABOVE.withOthers, notifyBusy: true }
      : { before: LAGGING_ABOVE.alone, after: LAGGING_ABOVE.alone, notifyBusy: false };
  }

  /** `pendingCount`: pending actions of the space. Does not throw: polling makes up for a lost notification. */
  notify(space: string, partitions: readonly number[], pendingCount: number): Promise<void> {
    const queue = this.isLagging(space, pendingCount) ? this.#lagging : this.#current;
    return this.#enqueue(queue.of(space), space, partitions);
  }

  /** `notify` for partitions that are processed like those of a lagging space. */
  notifyLagging(space: string, partitions: readonly number[]): Promise<void> {
    return this.#enqueue(this.#lagging.of(space), space, partitions);
  }

  async #enqueue(queue: Queue<BatchJob>, space: string, partitions: readonly number[]): Promise<void> {
    const jobs = partitions.map((partition) => ({
      name: 'batch',
      data: { space, partition },
      opts: { ...retryForever, deduplication: { id: `${space}.${partition}`, keepLastIfActive: true } },
    }));
    try {
      const [only] = jobs;
      if (only && jobs.length === 1) await queue.add(only.name, only.data, only.opts);
      else await queue.addBulk(jobs);
    } catch (error) {
      this.#log.warn({ err: error, space, partitions }, 'cannot notify partitions; polling will find them');
    }
  }

  /**
   * `notify` after actions were accepted. `pendingCount` includes the `acceptedCount` new ones. A space that lags far behind is
   * notified immediately and then at most every `COALESCE_MS`: its partitions have work anyway, and each costs a script in Redis.
   */
  notifyAccepted(
    space: string,
    partitions: readonly number[],
    pendingCount: number,
    acceptedCount: number,
  ): void {
    if (pendingCount <= COALESCE_ABOVE) {
      const isCurrent = pendingCount - acceptedCount <= MAX_BEFORE_BATCH || !this.#hasOthers(space);
      return void (isCurrent
        ? this.notify(space, partitions, pendingCount)
        : this.notifyLagging(space, partitions));
    }
    const coalesced = this.#coalesced.get(space);
    if (coalesced) {
      for (const partition of partitions) coalesced.add(partition);
      return;
    }
    this.#coalesced.set(space, new Set());
    void this.notify(space, partitions, pendingCount);
    setTimeout(() => {
      const more = this.#coalesced.get(space) ?? new Set();
      this.#coalesced.delete(space);
      if (more.size > 0) this.notifyAccepted(space, [...more], pendingCount, 0);
    }, COALESCE_MS).unref();
  }
}

/** Recent tasks kept in memory, in case Redis loses them: how many, and for how many ms. */
const RECENT = { max: 200, ttl: 600_000 };

export class BullFanOutQueue extends JobQueues implements FanOutQueue {
  readonly #queue: ShardedQueue<FanOutTask>;
  readonly #recent = new LRUCache<string, { id: string; task: FanOutTask; due: number }>(RECENT);

  constructor(connection: RedisClient, shards: Shards) {
    const queue = new ShardedQueue<FanOutTask>(connection, shards, queueNames.fanOut);
    super(queue.all);
    this.#queue = queue;
  }

  async add(id: string, task: FanOutTask, delayMs = 0): Promise<void> {
    this.#recent.set(id, { id, task, due: performance.now() + delayMs });
    await this.#queue.of(task.space).add('fanout', task, { ...retryForever, jobId: id, delay: delayMs });
  }

  /** Queues again what this process queued recently, because Redis lost it. Running a task twice changes nothing. */
  async requeueRecent(): Promise<number> {
    const recent = [...this.#recent.values()].reverse();
    for (const { id, task, due } of recent) {
      const delay = Math.max(0, due - performance.now());
      const options = { ...retryForever, jobId: id, delay };
      await this.#queue.of(task.space).add('fanout', { ...task, isRetry: true }, options);
    }
    return recent.length;
  }
}
