import type { Now } from '../../../core/ports/bus.ts';
import type { FanOutQueue, FanOutTask } from '../../../core/ports/queue.ts';

interface Job {
  id: string;
  task: FanOutTask;
  isStarted: boolean;
  /** When it may be begun. */
  from: number;
}

/** `again`: not for the first time. */
type Work = (
  task: FanOutTask,
  again: boolean,
  note: (done: FanOutTask['done']) => Promise<void>,
) => Promise<void>;

/** Jobs stay until they succeed, and while one is there its id queues nothing more. */
export class MemoryFanOutQueue implements FanOutQueue {
  readonly #jobs = new Map<string, Job>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async add(id: string, task: FanOutTask, delayMs = 0): Promise<void> {
    if (this.#jobs.has(id)) return;
    const from = this.#now() + delayMs;
    this.#jobs.set(id, { id, task: structuredClone(task), isStarted: false, from });
  }

  /** Jobs that may be begun. */
  get size(): number {
    return this.#due().length;
  }

  /** Jobs that may be begun later. */
  get delayed(): number {
    return this.#jobs.size - this.size;
  }

  /**
   * Does the oldest job, if there is one. `work` may note progress, with which a later start begins. A job that fails
   * stays.
   */
  async runNext(work: Work): Promise<void> {
    const [job] = this.#due();
    if (!job) return;
    const again = job.isStarted;
    job.isStarted = true;
    await work(structuredClone(job.task), again, async (done) => {
      job.task = { ...job.task, done };
    });
    this.#jobs.delete(job.id);
  }

  #due(): Job[] {
    return [...this.#jobs.values()].filter(({ from }) => from <= this.#now());
  }
}
