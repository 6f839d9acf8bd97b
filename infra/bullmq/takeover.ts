import { type Job, type Queue, Worker } from 'bullmq';
import type { RedisClient } from '../redis/connect.ts';

/** A BullMQ worker that exposes which jobs it runs. */
export class QueueWorker<Data> extends Worker<Data> {
  has(job: string): boolean {
    return this.lockManager.getTrackedJobIds().includes(job);
  }
}

/** Whether no process works on an active job. `worker`: the id of the BullMQ worker that took it. */
type IsLost = (worker: string, job: Job) => boolean;

/**
 * Puts lost active jobs back to the front of their queues. BullMQ does so only when the lock of a job expires. Locks must be
 * long, because a busy process renews them late. A job that is known to be lost need not wait.
 *
 * If its process still works on it, two processes run the same job. That is safe (decision 3): the lock decides which one
 * finishes it. Several callers may do this concurrently: only the first one removes the lock of a job.
 */
export async function takeOver(
  redis: RedisClient,
  queues: readonly Queue[],
  isLost: IsLost,
): Promise<number> {
  const taken = await Promise.all(queues.map((queue) => takeOverJobs(redis, queue, isLost)));
  return taken.reduce((sum, count) => sum + count, 0);
}

async function takeOverJobs(redis: RedisClient, queue: Queue, isLost: IsLost): Promise<number> {
  let taken = 0;
  for (const job of await queue.getActive()) {
    // A token is the id of the BullMQ worker, a colon and a number.
    const token = await redis.get(queue.toKey(`${job.id}:lock`));
    if (token === null || !isLost(token.slice(0, token.lastIndexOf(':')), job)) continue;
    // It fails if another worker was first, or the job finished.
    taken += await job.moveToWait(token).then(
      () => 1,
      () => 0,
    );
  }
  return taken;
}

/**
 * Detects jobs that Redis assigned to this process, whose response was lost with the connection. BullMQ then fetches another
 * job. A single scan may find a job whose response is still on its way, so a job must be found by two scans in a row.
 */
export class LostJobDetector {
  readonly #workers: ReadonlyMap<string, Pick<QueueWorker<unknown>, 'has'>>;
  #previousScan = new Set<string>();
  #currentScan = new Set<string>();

  /** `workers`: by id. */
  constructor(workers: ReadonlyMap<string, Pick<QueueWorker<unknown>, 'has'>>) {
    this.#workers = workers;
  }

  /** Call it before each scan. */
  startScan(): void {
    this.#previousScan = this.#currentScan;
    this.#currentScan = new Set();
  }

  readonly isLost: IsLost = (id, job) => {
    const worker = this.#workers.get(id);
    if (!worker || job.id === undefined || worker.has(job.id)) return false;
    // Identifies the attempt.
    const attempt = `${id} ${job.id} ${job.attemptsStarted}`;
    this.#currentScan.add(attempt);
    return this.#previousScan.has(attempt);
  };
}
