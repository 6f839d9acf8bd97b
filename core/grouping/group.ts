/** Groups an action with a similar one (rule 5). */
import { asMillis } from '../model/units.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import type { BatchCandidate, Candidate } from './candidate.ts';
import { type CandidateQuery, type CandidateSet, isNewer } from './candidate-set.ts';
import { withinMergeLimits } from './merge-limits.ts';

/** Returns the query for an action's candidates; null if it must not join any. */
export function candidateQueryOf(newer: BatchCandidate, handlers: Handlers): CandidateQuery | null {
  const { groupingDelay, verb } = newer.content;
  const delay = groupingDelay ?? handlers.groupingDelayOf(verb);
  return delay < 0 ? null : { newer, withinMs: asMillis(delay * 1_000) };
}

/** Returns the newest similar candidate; null if there is none. */
export async function findGroup(
  query: CandidateQuery,
  candidateSet: CandidateSet,
  handlers: Handlers,
  timeBudget: TimeBudget,
): Promise<Candidate | null> {
  const { newer } = query;
  for await (const page of candidatePages(query, candidateSet)) {
    const isSimilar = (each: Candidate | undefined) => each !== undefined && newer.isSimilarTo(each);
    const isWithinLimits = (each: Candidate) => withinMergeLimits(each.content, newer.content);
    if (!handlers.hasCustomGrouping(newer.content.verb)) {
      const found = page.find((each) => isSimilar(each) && isWithinLimits(each));
      if (found) return found;
      continue;
    }
    const older = page.filter(isWithinLimits);
    const contents = older.map(({ content }) => content);
    const fallback = (index: number) => isSimilar(older[index]);
    const found = older[await handlers.findSimilar(newer.content, contents, fallback, timeBudget)];
    if (found) return found;
  }
  return null;
}

/** Yields the candidates in memory and those from the store in pages, newest first. */
async function* candidatePages(
  query: CandidateQuery,
  candidateSet: CandidateSet,
): AsyncGenerator<Candidate[]> {
  const loaded = candidateSet.loaded(query);
  for await (const page of candidateSet.unloaded(query)) {
    const last = page.at(-1);
    const splitIndex = last ? loaded.findIndex((each) => !isNewer(each, last)) : 0;
    const newer = loaded.splice(0, splitIndex < 0 ? loaded.length : splitIndex);
    yield newer.length === 0
      ? page
      : [...newer, ...page].sort((left, right) => (isNewer(left, right) ? -1 : 1));
  }
  yield loaded;
}
