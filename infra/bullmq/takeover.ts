import { type Job, type Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './queues.ts';

/** A BullMQ worker that says which jobs it has. */
export class QueueWorker<Data> extends Worker<Data> {
  has(job: string): boolean {
    return this.lockManager.getTrackedJobIds().includes(job);
  }
}

/** Whether nobody works on an active job. `worker`: the id of the BullMQ worker that took it. */
type IsLost = (worker: string, job: Job) => boolean;

/**
 * Puts active jobs on which nobody works back to the front of their queues. BullMQ does so only when a job's lock runs
 * out. Locks have to be long, for a busy process renews them late; a job that is known to be lost needs no patience.
 *
 * Should its process work on it after all, two processes work on the same job, which is safe (decision 3): the lock decides
 * which of them finishes it. Several callers may do this at once: of a job only the first one removes the lock.
 */
export async function takeOver(redis: Redis, queues: readonly Queue[], isLost: IsLost): Promise<number> {
  let taken = 0;
  for (const queue of queues) {
    for (const job of await queue.getActive()) {
      // A token is the id of the BullMQ worker and a number.
      const token = await redis.get(`${queuePrefix}:${queue.name}:${job.id}:lock`);
      if (token === null || !isLost(token.slice(0, token.lastIndexOf(':')), job)) continue;
      const moved = await job.moveToWait(token).then(
        () => 1,
        // Another worker was first, or the job was finished.
        () => 0,
      );
      taken += moved;
    }
  }
  return taken;
}

/**
 * Jobs that Redis gave to this process, whose answer was lost with the connection: BullMQ then asks for another job. One
 * look may find a job whose answer is still on its way, so it takes two in a row.
 */
export class Strays {
  readonly #workers: ReadonlyMap<string, Pick<QueueWorker<unknown>, 'has'>>;
  #before = new Set<string>();
  #now = new Set<string>();

  /** By id. */
  constructor(workers: ReadonlyMap<string, Pick<QueueWorker<unknown>, 'has'>>) {
    this.#workers = workers;
  }

  /** To be called before each look. */
  next(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }

  readonly isStray: IsLost = (id, job) => {
    const worker = this.#workers.get(id);
    if (!worker || job.id === undefined || worker.has(job.id)) return false;
    // Of the same attempt.
    const stray = `${id} ${job.id} ${job.attemptsStarted}`;
    this.#now.add(stray);
    return this.#before.has(stray);
  };
}
