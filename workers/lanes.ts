import type { Job, WorkerOptions } from 'bullmq';
import { type CallLedger, carefully } from '../core/careful-handlers.ts';
import { DRAIN, drainLane, type IngestDeps } from '../core/ingest.ts';
import { deathsOf, type LaneJob, type LaneQueue, queueNames } from '../infra/bullmq/queues.ts';
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
 * Actions taken at a time while other, current spaces have work: a batch that is stored delays everything else on this process.
 * A job takes no more at first, in any case: where a lane holds as many, its space may have fallen behind since it was woken.
 */
const SMALL_BATCH = 50;
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
  const { precedence } = deps;
  const run = async (job: Job<LaneJob>) => {
    const { space, lane, faults = 0 } = job.data;
    const waiting = Date.now() - job.timestamp > PROMPT_MS ? await deps.lanes.waiting(space) : 0;
    // Another job would know nothing of what went wrong with this one.
    const mayMove = faults === 0 && deathsOf(job) === 0;
    if (mayMove && (deps.laneQueue.isBehind(space, waiting) || precedence.isCrowding(space))) {
      return deps.laneQueue.putBehind(space, [lane]);
    }
    const goesOn: GoesOn = async (taken) =>
      taken < SMALL_BATCH || !deps.laneQueue.isBehind(space, await deps.lanes.waiting(space));
    return precedence.during(space, () => drain(deps, job, { first: SMALL_BATCH, take, goesOn }));
  };
  return new QueueWorker<LaneJob>(queueNames.lanes, run, options);
}

/** Drains lanes of spaces that are behind. */
export function behindWorker(deps: LaneWorkerDeps, options: WorkerOptions): QueueWorker<LaneJob> {
  const inTurn: Take = (given, of, most) => deps.precedence.behind(of.space, () => take(given, of, most));
  const manner: Manner = { first: DRAIN, take: inTurn, goesOn: async () => true };
  return new QueueWorker<LaneJob>(queueNames.behind, (job) => drain(deps, job, manner), options);
}

/** Drains a batch of a lane; returns how many actions it held. */
type Take = (deps: LaneWorkerDeps, of: LaneJob, most: number) => Promise<number>;
/** Whether the job takes another batch after one of so many actions. */
type GoesOn = (taken: number) => Promise<boolean>;

interface Manner {
  /** Actions of the first batch at most. */
  first: number;
  take: Take;
  goesOn: GoesOn;
}

const take: Take = (deps, { space, lane }, most) =>
  drainLane(deps, space, lane, deps.precedence.isBeside(space) ? Math.min(most, SMALL_BATCH) : most);

async function drain(deps: LaneWorkerDeps, job: Job<LaneJob>, manner: Manner): Promise<void> {
  const started = performance.now();
  const { space, lane, faults = 0 } = job.data;
  // Of this job: one that gets anything done ends, and what is left has a new one.
  const deaths = deathsOf(job);
  const most = faults >= TAKE_APART || deaths >= DEATHS.takeApart ? 1 : DRAIN;
  const round = async (given: LaneWorkerDeps): Promise<boolean> => {
    for (let size = Math.min(manner.first, most); ; size = most) {
      const taken = await manner.take(given, job.data, size);
      if (taken === 0) return false;
      if (performance.now() - started >= TURN_MS || !(await manner.goesOn(taken))) return true;
    }
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
