import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import type { DueChore } from '../redis/chores.ts';
import { countsOf, type QueueCounts, queueNames, queuePrefix, untilDone } from './queues.ts';

export interface UpkeepJob extends DueChore {
  /** What it noted, and the stamp under which it did. */
  progress?: { stamp: number; text: string };
}

/** Names may be long and hold any character. */
const jobIdOf = ({ space, name }: DueChore): string =>
  createHash('sha256').update(`${space} ${name}`).digest('base64url');

/** The job that does a chore. At most one of a chore waits and one is active. */
export class UpkeepQueue {
  readonly #queue: Queue<UpkeepJob>;
  readonly #log: Logger;

  constructor(connection: Redis, log: Logger) {
    this.#queue = new Queue<UpkeepJob>(queueNames.upkeep, { connection, prefix: queuePrefix });
    this.#queue.on('error', () => undefined);
    this.#log = log;
  }

  /** Does not throw: a wake-up that is lost is made good by the sweep. */
  async wake(due: readonly DueChore[]): Promise<void> {
    const jobs = due.map((each) => ({
      name: 'chore',
      data: each,
      opts: { ...untilDone, deduplication: { id: jobIdOf(each), keepLastIfActive: true } },
    }));
    try {
      await this.#queue.addBulk(jobs);
    } catch (error) {
      this.#log.warn({ err: error, chores: due.length }, 'chores could not be woken; they will be swept up');
    }
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
