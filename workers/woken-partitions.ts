import {
  continueLater,
  currentPolicy,
  type Partitions,
  requestJobs,
  runTimeSlice,
  type TimeSliceDeps,
} from './time-slice.ts';

/**
 * Most partitions are empty sooner, without the calls that claim and release them. Polling looks for claims twice, with more time
 * in between (wake-ups.ts).
 */
const CLAIM_AFTER_MS = 50;

/** Processes partitions that were woken. Batch jobs get what failed: they count failures and interruptions. */
export async function processWoken(
  deps: TimeSliceDeps,
  woken: Partitions,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const { batchJobQueue, spacePriority, wakeUps } = deps;
  const { space } = woken;
  if (spacePriority.exceedsShare(space)) return await batchJobQueue.notifyLagging(space, woken.partitions);
  let rest = continueLater;
  let { partitions } = woken;
  const work = () => runTimeSlice(deps, woken, currentPolicy(deps, space));
  try {
    partitions = await wakeUps.withClaims(
      space,
      partitions,
      () => spacePriority.runCurrent(space, work),
      // While spaces compete, an accepted action requests a job for a busy partition, which looks for a claim at once.
      { claimAfterMs: spacePriority.isCompeting(space) ? 0 : CLAIM_AFTER_MS },
    );
  } catch (error) {
    rest = requestJobs;
    onFailure(error);
  }
  // If this fails, polling finds them.
  if (partitions.length > 0) await rest(deps, { space, partitions }).catch(onFailure);
}
