import type { Job, WorkerOptions } from 'bullmq';
import { type CallLedger, carefully } from '../core/careful-handlers.ts';
import { DRAIN, drainLane, type IngestDeps } from '../core/ingest.ts';
import { deathsOf, isBehind, type LaneJob, type LaneQueue, queueNames } from '../infra/bullmq/queues.ts';
import { QueueWorker } from '../infra/bullmq/takeover.ts';
import { errorLine } from '../infra/error-record.ts';
import type { Logger } from '../infra/log.ts';
import type { RedisLanes } from '../infra/redis/lanes.ts';
import { isTransient } from '../infra/transient.ts';
import type { Precedence } from './precedence.ts';

/** How long one lane is drained before others get their turn; the batch under way is finished. */
const TURN_MS = 100;
/** A job that waited longer shows that spaces compete: it is worth asking whether its space has fallen behind since. */
const PROMPT_MS = 50;
/**
 * Actions of a space that is behind taken at a time while other, current spaces have work: a batch that is stored delays
 * everything else on this process.
 */
const BESIDE_BATCH = 50;
/** Failures, with the databases there, after which a batch is taken apart, and then its head put aside. */
const TAKE_APART = 3;
const PUT_ASIDE = 8;
/**
 * Processes that died while they had a batch, after which it is taken apart; and how many, over how long, after which its
 * head is put aside. Workers are killed for reasons that have nothing to do with what they handle, and again and again: so
 * few deaths say nothing. A death in a handler is told from others by its call (careful-handlers.ts).
 */
const DEATHS = { takeApart: 2, putAside: 20, overMs: 600_000 };

export interface LaneWorkerDeps extends IngestDeps {
  lanes: RedisLanes;
  ledger: CallLedger;
  laneQueue: LaneQueue;
  precedence: Precedence;
  log: Logger;
}

/** Drains lanes of spaces that are current. */
export function laneWorker(deps: LaneWorkerDeps, options: WorkerOptions): QueueWorker<LaneJob> {
  const run = async (job: Job<LaneJob>) => {
    const { space, lane } = job.data;
    const waiting = Date.now() - job.timestamp > PROMPT_MS ? await deps.lanes.waiting(space) : 0;
    if (isBehind(waiting)) return deps.laneQueue.wake(space, [lane], waiting);
    return deps.precedence.during(space, () => drain(deps, job, DRAIN));
  };
  return new QueueWorker<LaneJob>(queueNames.lanes, run, options);
}

/** Drains lanes of spaces that are behind. */
export function behindWorker(deps: LaneWorkerDeps, options: WorkerOptions): QueueWorker<LaneJob> {
  const take: Take = (given, { space, lane }, most) =>
    deps.precedence.behind(space, (isBeside) =>
      drainLane(given, space, lane, isBeside ? Math.min(most, BESIDE_BATCH) : most),
    );
  return new QueueWorker<LaneJob>(queueNames.behind, (job) => drain(deps, job, DRAIN, take), options);
}

/** Drains a batch of a lane; returns how many entries there were. */
type Take = (deps: LaneWorkerDeps, of: LaneJob, most: number) => Promise<number>;

const takeAtOnce: Take = (deps, { space, lane }, most) => drainLane(deps, space, lane, most);

async function drain(
  deps: LaneWorkerDeps,
  job: Job<LaneJob>,
  most: number,
  take = takeAtOnce,
): Promise<void> {
  const started = performance.now();
  const { space, lane, faults = 0 } = job.data;
  // Of this job: one that gets anything done ends, and what is left has a new one.
  const deaths = deathsOf(job);
  const size = faults >= TAKE_APART || deaths >= DEATHS.takeApart ? 1 : most;
  const round = async (given: LaneWorkerDeps): Promise<boolean> => {
    do {
      if ((await take(given, job.data, size)) === 0) return false;
    } while (performance.now() - started < TURN_MS);
    return true;
  };
  try {
    if (deaths >= DEATHS.putAside && Date.now() - job.timestamp >= DEATHS.overMs) {
      const reason = `${deaths} processes died while they handled it`;
      await putAside(deps, space, lane, { reason, attempts: deaths });
    }
    const hasMore =
      deaths > 0 ? await carefully(deps, deps.ledger, `lane ${space}.${lane}`, round) : await round(deps);
    if (!hasMore) return;
  } catch (error) {
    // However long a database is away, nothing is put aside for it.
    if (isTransient(error) || !(await isThere(deps, space))) throw error;
    await job.updateData({ space, lane, faults: faults + 1 });
    if (faults + 1 < PUT_ASIDE) throw error;
    await putAside(deps, space, lane, { reason: errorLine(error), attempts: faults + 1 });
  }
  await deps.laneQueue.wake(space, [lane], await deps.lanes.waiting(space));
}

async function putAside(
  { lanes }: LaneWorkerDeps,
  space: string,
  lane: number,
  why: { reason: string; attempts: number },
): Promise<void> {
  const [head] = await lanes.read(space, lane, 1);
  if (head) await lanes.bury(space, lane, head.id, why);
}

async function isThere({ spaces }: LaneWorkerDeps, space: string): Promise<boolean> {
  try {
    await spaces.reader(space).actions.byIds(['']);
    return true;
  } catch {
    return false;
  }
}

/** Wakes lanes that nobody was woken for. */
export async function sweepLanes({
  lanes,
  laneQueue,
}: Pick<LaneWorkerDeps, 'lanes' | 'laneQueue'>): Promise<void> {
  const bySpace = new Map<string, number[]>();
  for (const { space, lane } of await lanes.busy()) bySpace.set(space, [...(bySpace.get(space) ?? []), lane]);
  for (const [space, busy] of bySpace) await laneQueue.wake(space, busy, await lanes.waiting(space));
}
