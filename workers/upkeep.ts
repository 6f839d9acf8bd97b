import type { Job, WorkerOptions } from 'bullmq';
import { type CallLedger, carefully } from '../core/careful-handlers.ts';
import { doChore, type UpkeepDeps } from '../core/upkeep.ts';
import { deathsOf, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import type { UpkeepJob, UpkeepQueue } from '../infra/bullmq/upkeep.ts';
import type { RedisChores } from '../infra/redis/chores.ts';
import { handBack } from './hand-back.ts';

/** Chores woken by one sweep; the others wait for the next, by when the first are done. */
const MOST_SWEPT = 20_000;
const SWEEP = 1_000;

export interface UpkeepWorkerDeps extends UpkeepDeps {
  chores: RedisChores;
  upkeepQueue: UpkeepQueue;
  /** Aborted when the worker is told to stop. */
  stopping: AbortSignal;
  ledger: CallLedger;
}

/** Does what calls left to be done. */
export function upkeepWorker(deps: UpkeepWorkerDeps, options: WorkerOptions): QueueWorker<UpkeepJob> {
  return new QueueWorker<UpkeepJob>(queueNames.upkeep, (job) => run(deps, job), options);
}

async function run(deps: UpkeepWorkerDeps, job: Job<UpkeepJob>): Promise<void> {
  const { space, name, progress } = job.data;
  const owed = await deps.chores.take({ space, name });
  if (!owed) return;
  const { stamp } = owed;
  const work = (given: UpkeepWorkerDeps) =>
    doChore(given, space, owed, {
      earlier: progress ? { text: progress.text, isSame: progress.stamp === stamp } : null,
      note: async (text) => {
        await job.updateData({ space, name, progress: { stamp, text } });
        if (deps.stopping.aborted) await handBack(job);
      },
    });
  if (deathsOf(job) > 0) await carefully(deps, deps.ledger, `chore ${job.id}`, work);
  else await work(deps);
  // Where it was asked for meanwhile, another job waits already, or comes when the lease ends.
  await deps.chores.done(space, owed);
}

/** Wakes chores that nobody was woken for. */
export async function sweepChores({
  chores,
  upkeepQueue,
}: Pick<UpkeepWorkerDeps, 'chores' | 'upkeepQueue'>): Promise<void> {
  for (let skip = 0; skip < MOST_SWEPT; skip += SWEEP) {
    const due = await chores.due(skip, SWEEP);
    if (due.length > 0) await upkeepQueue.wake(due);
    if (due.length < SWEEP) break;
  }
}
