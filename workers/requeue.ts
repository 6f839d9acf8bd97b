import { DelayedError, type Job, WaitingError } from 'bullmq';

/** Returns a job with a checkpoint to its queue, so that another worker resumes it. @throws WaitingError always, for BullMQ */
export async function requeueJob(job: Job): Promise<never> {
  await job.moveToWait(job.token);
  throw new WaitingError();
}

/** Returns a job that did not fail to its queue, to run again after `delayMs`. @throws DelayedError always, for BullMQ */
export async function delayJob(job: Job, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, job.token);
  throw new DelayedError();
}
