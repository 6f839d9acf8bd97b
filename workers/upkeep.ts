import { type Job, Worker, type WorkerOptions } from 'bullmq';
import { repairAbandoned } from '../core/feed/abandoned.ts';
import { doChore, type UpkeepDeps } from '../core/upkeep.ts';
import { queueNames } from '../infra/bullmq/queues.ts';
import type { UpkeepJob, UpkeepQueue } from '../infra/bullmq/upkeep.ts';
import type { RedisChores } from '../infra/redis/chores.ts';

/** Chores woken by one sweep; the others wait for the next, by when the first are done. */
const MOST_SWEPT = 20_000;
const SWEEP = 1_000;

export interface UpkeepWorkerDeps extends UpkeepDeps {
  chores: RedisChores;
  upkeepQueue: UpkeepQueue;
}

/** Does what calls left to be done, and sweeps up what nobody was woken for. */
export function upkeepWorker(deps: UpkeepWorkerDeps, options: WorkerOptions): Worker<UpkeepJob> {
  return new Worker<UpkeepJob>(
    queueNames.upkeep,
    async (job) => (job.name === 'sweep' ? sweep(deps) : run(deps, job)),
    options,
  );
}

async function run(deps: UpkeepWorkerDeps, job: Job<UpkeepJob>): Promise<void> {
  const { space, name, progress } = job.data;
  const owed = await deps.chores.take({ space, name });
  if (!owed) return;
  const { stamp } = owed;
  await doChore(deps, space, owed, {
    earlier: progress ? { text: progress.text, isSame: progress.stamp === stamp } : null,
    note: (text) => job.updateData({ space, name, progress: { stamp, text } }),
  });
  // Where it was asked for meanwhile, another job waits already, or comes when the lease ends.
  await deps.chores.done(space, owed);
}

async function sweep(deps: UpkeepWorkerDeps): Promise<void> {
  const { chores, upkeepQueue } = deps;
  for (let skip = 0; skip < MOST_SWEPT; skip += SWEEP) {
    const due = await chores.due(skip, SWEEP);
    if (due.length > 0) await upkeepQueue.wake(due);
    if (due.length < SWEEP) break;
  }
  await repairAbandoned(deps);
}
