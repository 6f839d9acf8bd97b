import { type Job, WaitingError } from 'bullmq';

/**
 * Returns a job that saved a checkpoint to its queue, so that another worker resumes it immediately.
 * @throws WaitingError always, so that BullMQ treats the job as waiting
 */
export async function requeueJob(job: Job): Promise<never> {
  await job.moveToWait(job.token);
  throw new WaitingError();
}
