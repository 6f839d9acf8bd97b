import { createHash } from 'node:crypto';
import { groupBy } from '../../core/model/group-by.ts';
import type { Logger } from '../log.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { DueTask } from '../redis/pending-tasks.ts';
import type { Shards } from '../redis/shards.ts';
import { JobQueues, queueNames, retryForever, ShardedQueue } from './queues.ts';

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
  readonly #queue: ShardedQueue<MaintenanceJob>;
  readonly #log: Logger;

  constructor(connection: RedisClient, shards: Shards, log: Logger) {
    const queue = new ShardedQueue<MaintenanceJob>(connection, shards, queueNames.maintenance);
    super(queue.all);
    this.#queue = queue;
    this.#log = log;
  }

  /** Does not throw: polling makes up for a lost notification. */
  async notify(due: readonly DueTask[]): Promise<void> {
    const byQueue = groupBy(due, ({ space }) => this.#queue.of(space));
    const jobOf = (each: DueTask) => ({
      name: 'task',
      data: each,
      opts: { ...retryForever, deduplication: { id: jobIdOf(each), keepLastIfActive: true } },
    });
    try {
      await Promise.all([...byQueue].map(([queue, tasks]) => queue.addBulk(tasks.map(jobOf))));
    } catch (error) {
      this.#log.warn({ err: error, tasks: due.length }, 'cannot notify tasks; polling will find them');
    }
  }
}
