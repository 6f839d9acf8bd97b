import { type Job, Worker, type WorkerOptions } from 'bullmq';
import { DRAIN, drainLane, type IngestDeps } from '../core/ingest.ts';
import { type LaneJob, type LaneQueue, queueNames } from '../infra/bullmq/queues.ts';
import type { Logger } from '../infra/log.ts';
import type { RedisLanes } from '../infra/redis/lanes.ts';
import { isTransient } from '../infra/transient.ts';

/** Batches of one lane before others get their turn. */
const ROUNDS = 50;
/** Failures, with the databases there, after which a batch is taken apart, and then its head put aside. */
const TAKE_APART = 3;
const PUT_ASIDE = 8;

export interface LaneWorkerDeps extends IngestDeps {
  lanes: RedisLanes;
  laneQueue: LaneQueue;
  log: Logger;
}

/** Drains lanes and sweeps up those that nobody was woken for. */
export function laneWorker(deps: LaneWorkerDeps, options: WorkerOptions): Worker<LaneJob> {
  return new Worker<LaneJob>(
    queueNames.lanes,
    async (job) => (job.name === 'sweep' ? sweep(deps) : drain(deps, job)),
    options,
  );
}

async function drain(deps: LaneWorkerDeps, job: Job<LaneJob>): Promise<void> {
  const { space, lane, faults = 0 } = job.data;
  const size = faults >= TAKE_APART ? 1 : DRAIN;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      if ((await drainLane(deps, space, lane, size)) === 0) return;
    }
  } catch (error) {
    // However long a database is away, nothing is put aside for it.
    if (isTransient(error) || !(await isThere(deps, space))) throw error;
    await job.updateData({ space, lane, faults: faults + 1 });
    if (faults + 1 < PUT_ASIDE) throw error;
    const [head] = await deps.lanes.read(space, lane, 1);
    if (head) await deps.lanes.bury(space, lane, head.id, String(error));
  }
  await deps.laneQueue.wake(space, [lane]);
}

async function isThere({ spaces }: LaneWorkerDeps, space: string): Promise<boolean> {
  try {
    await spaces.reader(space).actions.byIds(['']);
    return true;
  } catch {
    return false;
  }
}

async function sweep({ lanes, laneQueue }: LaneWorkerDeps): Promise<void> {
  const bySpace = new Map<string, number[]>();
  for (const { space, lane } of await lanes.busy()) bySpace.set(space, [...(bySpace.get(space) ?? []), lane]);
  for (const [space, busy] of bySpace) await laneQueue.wake(space, busy);
}
