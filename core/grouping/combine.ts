/** Combines actions of one batch (rule 4), in the same order as django-actrack. */
import type { Resolution } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import type { CombineCandidate, Handlers } from '../ports/handlers.ts';
import type { BatchRecord } from '../ports/queue.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import { BatchCandidate } from './candidate.ts';
import { withinMergeLimits } from './merge-limits.ts';

/** Returns the candidates in the order of the record, without deleted actions. Survivors have no parent. */
export async function combine(
  record: BatchRecord,
  resolutions: ReadonlyMap<string, Resolution>,
  handlers: Handlers,
  timeBudget: TimeBudget,
): Promise<BatchCandidate[]> {
  const { actions } = record;
  const candidates: BatchCandidate[] = [];
  /** Candidates without a parent, so far. */
  const survivors: BatchCandidate[] = [];
  const mayCombine = anyMayCombine(actions, handlers);
  for (const action of actions) {
    const resolution = resolutions.get(action.id) ?? null;
    if (resolution?.kind === 'gone') continue;
    const newer = new BatchCandidate(action, record, resolution);
    candidates.push(newer);
    if (resolution) replay(newer, survivors);
    else if (mayCombine) await combineOne(newer, survivors, handlers, timeBudget);
    newer.seal();
    await timeBudget.yieldToEventLoop();
    if (!newer.parent) survivors.push(newer);
  }
  return candidates;
}

/** Returns true if any two of these verbs may combine. */
function anyMayCombine(actions: ReadonlyArray<{ verb: string }>, handlers: Handlers): boolean {
  if (actions.length < 2) return false;
  const verbs = [...new Set(actions.map((action) => action.verb))];
  return verbs.some((verb) => verbs.some((other) => handlers.mayCombine(verb, other)));
}

/** A question to a handler: may the two actions merge? The handler may be that of either action. */
interface PossibleMerge extends CombineCandidate {
  candidate: BatchCandidate;
  /** True: the newer action merges into the older one. False: the older merges into the newer. */
  olderSurvives: boolean;
}

/** Tries older actions, newest first. A merge changes the newer action, so the rest is computed again. */
async function combineOne(
  newer: BatchCandidate,
  survivors: BatchCandidate[],
  handlers: Handlers,
  timeBudget: TimeBudget,
): Promise<void> {
  for (let end = survivors.length; end > 0; ) {
    const earlier = survivors.slice(0, end).reverse();
    const resolvedIndex = earlier.findIndex((older) => older.combinedInto === newer.id);
    const unresolved = resolvedIndex < 0 ? earlier : earlier.slice(0, resolvedIndex);
    const possibleMerges = unresolved.flatMap((older) => possibleMergesOf(newer, older, handlers));
    const found = possibleMerges[await handlers.findCombinable(newer.content, possibleMerges, timeBudget)];
    if (found?.olderSurvives) {
      mergeResolved(newer, survivors);
      found.candidate.mergeIn(newer);
      return;
    }
    const absorbed = found?.candidate ?? earlier[resolvedIndex];
    if (!absorbed) return;
    newer.mergeIn(absorbed);
    end = survivors.indexOf(absorbed);
    survivors.splice(end, 1);
  }
}

/** Repeats the merges of an earlier attempt. */
function replay(newer: BatchCandidate, survivors: BatchCandidate[]): void {
  mergeResolved(newer, survivors);
  if (newer.combinedInto !== null) survivors.find((older) => older.id === newer.combinedInto)?.mergeIn(newer);
}

function mergeResolved(newer: BatchCandidate, survivors: BatchCandidate[]): void {
  for (let index = survivors.length - 1; index >= 0; index -= 1) {
    const older = survivors[index];
    if (older?.combinedInto !== newer.id) continue;
    newer.mergeIn(older);
    survivors.splice(index, 1);
  }
}

/** An older action that is already resolved cannot merge into the newer one. */
function possibleMergesOf(
  newer: BatchCandidate,
  candidate: BatchCandidate,
  handlers: Handlers,
): PossibleMerge[] {
  const [verb, other] = [newer.content.verb, candidate.content.verb];
  const mergesIntoOlder = handlers.mayCombine(verb, other);
  const mergesIntoNewer = !candidate.resolution && handlers.mayCombine(other, verb);
  if (!(mergesIntoOlder || mergesIntoNewer) || !qualifies(newer, candidate)) return [];
  const older = candidate.content;
  return [
    ...(mergesIntoOlder ? [{ candidate, olderSurvives: true, verb, other, older }] : []),
    ...(mergesIntoNewer ? [{ candidate, olderSurvives: false, verb: other, other: verb, older }] : []),
  ];
}

/** The actions have the same actor, and the newer one's targets are a subset of the older one's. */
function qualifies({ content: newer }: BatchCandidate, { content: older }: BatchCandidate): boolean {
  if ((newer.actor && keyOf(newer.actor)) !== (older.actor && keyOf(older.actor))) return false;
  if (newer.targets.length > older.targets.length) return false;
  const targets = new Set(newer.targets.length === 0 ? [] : older.targets.map(keyOf));
  return newer.targets.every((target) => targets.has(keyOf(target))) && withinMergeLimits(older, newer);
}
