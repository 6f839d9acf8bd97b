import { DelayedError, type Job, WaitingError } from 'bullmq';

/**
 * Returns a job that saved a checkpoint to its queue, so that another worker resumes it immediately.
 * @throws WaitingError always, so that BullMQ treats the job as waiting
 */
export async function requeueJob(job: Job): Promise<never> {
  await job.moveToWait(job.token);
  throw new WaitingError();
}

/**
 * Returns a job to its queue, to run again after `delayMs`. It did not fail.
 * @throws DelayedError always, so that BullMQ treats the job as delayed
 */
export async function delayJob(job: Job, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, job.token);
  throw new DelayedError();
}
