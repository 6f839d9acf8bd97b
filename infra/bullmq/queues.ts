import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { FanOutQueue, FanOutTask } from '../../core/ports/queue.ts';
import type { Logger } from '../log.ts';
import { PREFIX } from '../redis/keys.ts';
import { Remembered } from '../remembered.ts';
import { isTransient } from '../transient.ts';

export const queueNames = { lanes: 'lanes', behind: 'behind', fanOut: 'fanout', upkeep: 'upkeep' } as const;
export const queuePrefix = `${PREFIX}:q`;

export interface LaneJob {
  space: string;
  lane: number;
  /** Times it failed with all databases there. */
  faults?: number;
}

/** Faults delay work and lose nothing: jobs are tried until they succeed. */
export const untilDone = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'custom' },
  removeOnComplete: true,
} as const;

/** Of a job that met a database that is away: the worker takes no jobs until it is back, and then all at once. */
const AWAY_MS = 250;

/** Milliseconds until a job is tried again, at most five seconds. */
export const backoff = (attempt: number, _type?: string, error?: Error): number =>
  isTransient(error) ? AWAY_MS : Math.min(5_000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

/** Attempts at a job that neither failed nor are under way now: their processes died, or handed the job back. */
export const deathsOf = ({ attemptsStarted, attemptsMade }: Job): number =>
  Math.max(0, attemptsStarted - attemptsMade - 1);

/** Jobs that wait, run, or wait for another try. */
export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
}

export async function countsOf(queue: Queue): Promise<QueueCounts> {
  const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
  return { waiting, active, delayed };
}

/**
 * A space of which more actions wait is behind. While other spaces have work it takes fewer, as the jobs for its lanes get in their
 * way; but more than one batch of the largest size.
 */
const MAX_CURRENT = { alone: 1_000, besideOthers: 600 };
/** The same before a batch: while other spaces have work, what comes on top of so many does not get in their way. */
const MAX_BEFORE = 200;

/** How often gateways wake lanes of a space of which more actions than this wait. */
const GATHER_MS = 100;
const GATHER_ABOVE = 1_000;

/**
 * The jobs that drain lanes. At most one of a lane waits and one is active, so wake-ups are cheap. Lanes of spaces that are
 * **behind** have a queue of their own, of which workers serve only a few jobs at a time: what floods one space delays
 * others by no more than the work that is under way.
 */
export class LaneQueue {
  readonly #current: Queue<LaneJob>;
  readonly #behind: Queue<LaneJob>;
  readonly #log: Logger;
  readonly #hasOthers: (space: string) => boolean;
  /** Lanes to be woken soon, of spaces that are behind and were woken just now. */
  readonly #gathered = new Map<string, Set<number>>();

  /** `hasOthers`: whether spaces other than this one have work. */
  constructor(connection: Redis, log: Logger, hasOthers: (space: string) => boolean = () => false) {
    const open = (name: string) => new Queue<LaneJob>(name, { connection, prefix: queuePrefix });
    this.#current = open(queueNames.lanes);
    this.#behind = open(queueNames.behind);
    for (const queue of [this.#current, this.#behind]) queue.on('error', () => undefined);
    this.#log = log;
    this.#hasOthers = hasOthers;
  }

  /** Whether a space is behind of which so many actions are not in feeds yet. */
  isBehind(space: string, waiting: number): boolean {
    return waiting > (this.#hasOthers(space) ? MAX_CURRENT.besideOthers : MAX_CURRENT.alone);
  }

  /** `waiting`: actions of the space that wait. Does not throw: a lost wake-up is made good by the sweep. */
  wake(space: string, lanes: readonly number[], waiting: number): Promise<void> {
    return this.#wake(this.isBehind(space, waiting) ? this.#behind : this.#current, space, lanes);
  }

  /** As `wake`, for lanes that are to be drained like those of a space that is behind. */
  putBehind(space: string, lanes: readonly number[]): Promise<void> {
    return this.#wake(this.#behind, space, lanes);
  }

  async #wake(queue: Queue<LaneJob>, space: string, lanes: readonly number[]): Promise<void> {
    const jobs = lanes.map((lane) => ({
      name: 'drain',
      data: { space, lane },
      opts: { ...untilDone, deduplication: { id: `${space}.${lane}`, keepLastIfActive: true } },
    }));
    try {
      const [only] = jobs;
      if (only && jobs.length === 1) await queue.add(only.name, only.data, only.opts);
      else await queue.addBulk(jobs);
    } catch (error) {
      this.#log.warn({ err: error, space, lanes }, 'lanes could not be woken; they will be swept up');
    }
  }

  /**
   * As `wake`, after actions were accepted, of which `fresh` is the number; they are among those that wait. A space that is far behind
   * is woken at once and then at most every so often, as its lanes have work in any case and each of them costs a script in Redis.
   */
  wakeAccepted(space: string, lanes: readonly number[], waiting: number, fresh: number): void {
    if (waiting <= GATHER_ABOVE) {
      const isCurrent = waiting - fresh <= MAX_BEFORE || !this.#hasOthers(space);
      return void (isCurrent ? this.wake(space, lanes, waiting) : this.putBehind(space, lanes));
    }
    const gathered = this.#gathered.get(space);
    if (gathered) {
      for (const lane of lanes) gathered.add(lane);
      return;
    }
    this.#gathered.set(space, new Set());
    void this.wake(space, lanes, waiting);
    setTimeout(() => {
      const more = this.#gathered.get(space) ?? new Set();
      this.#gathered.delete(space);
      if (more.size > 0) this.wakeAccepted(space, [...more], waiting, 0);
    }, GATHER_MS).unref();
  }

  get queues(): readonly Queue[] {
    return [this.#current, this.#behind];
  }

  async counts(): Promise<QueueCounts> {
    const [current, behind] = await Promise.all([countsOf(this.#current), countsOf(this.#behind)]);
    return {
      waiting: current.waiting + behind.waiting,
      active: current.active + behind.active,
      delayed: current.delayed + behind.delayed,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#current.close(), this.#behind.close()]);
  }
}

/** Tasks handed on lately that are kept in mind, and how long. */
const REMEMBERED = { most: 200, ms: 600_000 };

export class BullFanOutQueue implements FanOutQueue {
  readonly #queue: Queue<FanOutTask>;
  readonly #remembered = new Remembered<{ id: string; task: FanOutTask; due: number }>(
    REMEMBERED.most,
    REMEMBERED.ms,
  );

  constructor(connection: Redis) {
    this.#queue = new Queue<FanOutTask>(queueNames.fanOut, { connection, prefix: queuePrefix });
    this.#queue.on('error', () => undefined);
  }

  async add(id: string, task: FanOutTask, delayMs = 0): Promise<void> {
    this.#remembered.add(id, { id, task, due: performance.now() + delayMs });
    await this.#queue.add('fanout', task, { ...untilDone, jobId: id, delay: delayMs });
  }

  /** Hands on anew what this process handed on lately: Redis forgot it. What is done twice changes nothing. */
  async addAgain(): Promise<number> {
    const all = this.#remembered.all();
    for (const { id, task, due } of all) {
      const delay = Math.max(0, due - performance.now());
      await this.#queue.add('fanout', { ...task, again: true }, { ...untilDone, jobId: id, delay });
    }
    return all.length;
  }

  get queues(): readonly Queue[] {
    return [this.#queue];
  }

  counts(): Promise<QueueCounts> {
    return countsOf(this.#queue);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
