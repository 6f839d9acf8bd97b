import { type Job, WaitingError } from 'bullmq';

/**
 * Ends a job that noted how far it got, so that another worker goes on from there at once.
 * @throws WaitingError always, which tells BullMQ that the job waits again
 */
export async function handBack(job: Job): Promise<never> {
  await job.moveToWait(job.token);
  throw new WaitingError();
}
