import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './queues.ts';

/**
 * Puts jobs that are active in a dead process back to the front of their queues. BullMQ does so only when a job's lock runs
 * out. Locks have to be long, for a busy process renews them late; a process that is known to be dead needs no patience.
 *
 * Should it live after all, two processes work on the same job, which is safe (decision 3): the lock decides which of them
 * finishes it. Several callers may do this at once: of a job only the first one removes the lock.
 */
export async function takeOver(
  redis: Redis,
  queues: readonly Queue[],
  dead: ReadonlySet<string>,
): Promise<number> {
  let taken = 0;
  for (const queue of queues) {
    for (const job of await queue.getActive()) {
      // A token is the id of the BullMQ worker and a number.
      const token = await redis.get(`${queuePrefix}:${queue.name}:${job.id}:lock`);
      if (token === null || !dead.has(token.slice(0, token.lastIndexOf(':')))) continue;
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
