/** Plans the resolutions of a batch by rules 4 and 5. Existing resolutions stay fixed (decision 13). */
import type { MergedAction, Resolution, StoredAction } from '../model/entities.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { BatchRecord } from '../ports/queue.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import { BatchCandidate, type Candidate, StoredCandidate } from './candidate.ts';
import { CandidateSet } from './candidate-set.ts';
import { combine } from './combine.ts';
import { candidateQueryOf, findGroup } from './group.ts';

export interface Plan {
  /** The new resolutions, in the order of the partition. */
  resolutions: Array<StoredAction | MergedAction>;
  /** The final actions that contain the actions of the batch. */
  roots: Candidate[];
}

export interface PlanDeps {
  store: ActionStore;
  handlers: Handlers;
  timeBudget: TimeBudget;
}

/** `resolutions`: existing ones of the batch, and of the actions outside it that contain its actions. */
export async function plan(
  { store, handlers, timeBudget }: PlanDeps,
  records: readonly BatchRecord[],
  resolutions: ReadonlyMap<string, Resolution>,
): Promise<Plan> {
  const batchIds = new Set(records.flatMap(({ actions }) => actions.map(({ id }) => id)));
  const candidateSet = new CandidateSet(store, handlers, batchIds);
  for (const [id, resolution] of resolutions) {
    if (resolution.kind === 'action' && !batchIds.has(id))
      candidateSet.add(new StoredCandidate(resolution.action));
  }
  const candidates: BatchCandidate[] = [];
  for (const record of records)
    candidates.push(...(await combine(record, resolutions, handlers, timeBudget)));
  const survivors = candidates.filter((candidate) => !candidate.parent);
  const queries = new Map(
    survivors.flatMap((candidate) => {
      const query = candidate.resolution ? null : candidateQueryOf(candidate, handlers);
      return query ? [[candidate, query]] : [];
    }),
  );
  await candidateSet.load([...queries.values()].filter(({ withinMs }) => withinMs > 0));
  for (const candidate of survivors) {
    await timeBudget.yieldToEventLoop();
    const query = queries.get(candidate);
    const target = candidate.resolution
      ? candidateSet.get(candidate.groupedInto ?? '')
      : query && (await findGroup(query, candidateSet, handlers, timeBudget));
    if (target) {
      candidateSet.add(target);
      target.mergeIn(candidate);
    } else if (candidate.resolution?.kind !== 'merged') candidateSet.add(candidate);
  }
  const survivorSet = new Set<Candidate>(survivors);
  return {
    resolutions: candidates.flatMap((candidate) =>
      candidate.resolution ? [] : [resolutionOf(candidate, survivorSet)],
    ),
    roots: [...new Set(candidates.map(rootOf))].filter((root) => candidateSet.get(root.id) === root),
  };
}

/** `survivorSet`: candidates that were not combined. If one of them has a parent, it was grouped. */
function resolutionOf(
  candidate: BatchCandidate,
  survivorSet: ReadonlySet<Candidate>,
): StoredAction | MergedAction {
  const { id, parent } = candidate;
  if (!parent) return candidate.stored;
  if (survivorSet.has(candidate)) return { id, into: parent.id, outcome: 'grouped' };
  let target = parent;
  while (target instanceof BatchCandidate && target.parent && !survivorSet.has(target))
    target = target.parent;
  return { id, into: target.id, ...(target !== parent && { combinedInto: parent.id }), outcome: 'combined' };
}

/** Follows the parents. Returns the candidate itself if the action that it was merged into was deleted. */
function rootOf(candidate: BatchCandidate): Candidate {
  let root: Candidate = candidate;
  while (root instanceof BatchCandidate && root.parent) root = root.parent;
  return root;
}
