import type { FanOutQueue, FanOutTask } from '../../../core/ports/queue.ts';

interface Job {
  id: string;
  task: FanOutTask;
  isStarted: boolean;
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

  async add(id: string, task: FanOutTask): Promise<void> {
    if (this.#jobs.has(id)) return;
    this.#jobs.set(id, { id, task: structuredClone(task), isStarted: false });
  }

  get size(): number {
    return this.#jobs.size;
  }

  /**
   * Does the oldest job, if there is one. `work` may note progress, with which a later start begins. A job that fails
   * stays.
   */
  async runNext(work: Work): Promise<void> {
    const [job] = this.#jobs.values();
    if (!job) return;
    const again = job.isStarted;
    job.isStarted = true;
    await work(structuredClone(job.task), again, async (done) => {
      job.task = { ...job.task, done };
    });
    this.#jobs.delete(job.id);
  }
}
