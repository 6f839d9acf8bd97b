import { createHash } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import type { DueTask } from '../redis/pending-tasks.ts';
import { JobQueues, openQueue, queueNames, retryForever } from './queues.ts';

export interface MaintenanceJob extends DueTask {
  /** Its last checkpoint, and the lease token under which it was saved. */
  checkpoint?: { leaseToken: number; text: string };
  /** How often it returned to the queue in order to wait. */
  waits?: number;
}

/** Names may be long and contain any character. */
const jobIdOf = ({ space, name }: DueTask): string =>
  createHash('sha256').update(`${space} ${name}`).digest('base64url');

/** The jobs that run tasks. At most one job of a task waits and one runs. */
export class MaintenanceQueue extends JobQueues {
  readonly #queue: Queue<MaintenanceJob>;
  readonly #log: Logger;

  constructor(connection: Redis, log: Logger) {
    const queue = openQueue<MaintenanceJob>(connection, queueNames.maintenance);
    super([queue]);
    this.#queue = queue;
    this.#log = log;
  }

  /** Does not throw: polling makes up for a lost notification. */
  async notify(due: readonly DueTask[]): Promise<void> {
    const jobs = due.map((each) => ({
      name: 'task',
      data: each,
      opts: { ...retryForever, deduplication: { id: jobIdOf(each), keepLastIfActive: true } },
    }));
    try {
      await this.#queue.addBulk(jobs);
    } catch (error) {
      this.#log.warn({ err: error, tasks: due.length }, 'cannot notify tasks; polling will find them');
    }
  }
}
