import type { Now } from '../../../core/ports/clock.ts';
import type { FanOutQueue, FanOutTask } from '../../../core/ports/queue.ts';

interface Job {
  id: string;
  task: FanOutTask;
  isStarted: boolean;
  /** The job does not start before this time. */
  notBefore: number;
}

/** `isRetry` is set if an earlier attempt failed. */
type RunTask = (
  task: FanOutTask,
  isRetry: boolean,
  checkpoint: (progress: FanOutTask['checkpoint']) => Promise<void>,
) => Promise<void>;

/** A job stays until it succeeds. Until then, `add` ignores further jobs with its id. */
export class MemoryFanOutQueue implements FanOutQueue {
  readonly #jobs = new Map<string, Job>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async add(id: string, task: FanOutTask, delayMs = 0): Promise<void> {
    if (this.#jobs.has(id)) return;
    const notBefore = this.#now() + delayMs;
    this.#jobs.set(id, { id, task: structuredClone(task), isStarted: false, notBefore });
  }

  /** The number of jobs that may start now. */
  get size(): number {
    return this.#dueJobs().length;
  }

  /** The number of jobs that may start later. */
  get delayed(): number {
    return this.#jobs.size - this.size;
  }

  /** Runs the oldest due job, if there is one. A job that fails stays, and its next attempt starts at the last checkpoint. */
  async runNext(run: RunTask): Promise<void> {
    const [job] = this.#dueJobs();
    if (!job) return;
    const isRetry = job.isStarted;
    job.isStarted = true;
    await run(structuredClone(job.task), isRetry, async (progress) => {
      job.task = { ...job.task, checkpoint: progress };
    });
    this.#jobs.delete(job.id);
  }

  #dueJobs(): Job[] {
    return [...this.#jobs.values()].filter(({ notBefore }) => notBefore <= this.#now());
  }
}
