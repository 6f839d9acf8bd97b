/** The candidates for grouping: actions of the same actor and verb, stored or of the same batch. */
import type { StoredAction } from '../model/entities.ts';
import { actorVerbKey, groupKeys } from '../model/keys.ts';
import { sizesOf } from '../model/size.ts';
import { asMillis, type Millis } from '../model/units.ts';
import { cursorOf, type TimeCursor } from '../paging/cursor.ts';
import type { ActionStore, SimilarityQuery } from '../ports/actions.ts';
import type { Handlers } from '../ports/handlers.ts';
import { BatchCandidate, type Candidate, StoredCandidate } from './candidate.ts';

/** Stored actions per page: few at first, then as many as their size allows, because actions may be large. */
const FIRST_PAGE_SIZE = 100;
const PAGE_SIZE_GROWTH = 4;
const MAX_PAGE_SIZE = 1_000;
/** Characters of stored actions, approximately, that a batch loads at once. */
const MAX_HELD_CHARS = 16_777_216;
/** The newest stored actions that each action is compared with. Only a custom `group` can have more. */
const MAX_COMPARED = 5_000;

/** An action that looks for a candidate to merge into, and the maximum distance of the timestamps. */
export interface CandidateQuery {
  newer: BatchCandidate;
  withinMs: Millis;
}

export class CandidateSet {
  readonly #store: ActionStore;
  readonly #handlers: Handlers;
  readonly #byId = new Map<string, Candidate>();
  /** Newest first. */
  readonly #byActorVerb = new Map<string, Candidate[]>();
  /** Ids of the batch, which are no candidates even if another attempt stored them already. */
  readonly #batchIds: ReadonlySet<string>;
  /** All stored candidates of all queries are loaded. */
  #isComplete = true;

  constructor(store: ActionStore, handlers: Handlers, batchIds: ReadonlySet<string>) {
    this.#store = store;
    this.#handlers = handlers;
    this.#batchIds = batchIds;
  }

  get(id: string): Candidate | undefined {
    return this.#byId.get(id);
  }

  add(candidate: Candidate): void {
    if (this.#byId.has(candidate.id)) return;
    this.#byId.set(candidate.id, candidate);
    const list = this.#sameActorVerb(candidate);
    // The added candidate is usually the newest.
    const index = list.findIndex((each) => isNewer(candidate, each));
    list.splice(index < 0 ? list.length : index, 0, candidate);
  }

  /** Loads the stored candidates of these queries, unless there are too many. */
  async load(queries: readonly CandidateQuery[]): Promise<void> {
    if (queries.length === 0) return;
    const bounds = {
      from: asMillis(Math.min(...queries.map(({ newer, withinMs }) => newer.content.timestamp - withinMs))),
      to: asMillis(Math.max(...queries.map(({ newer, withinMs }) => newer.content.timestamp + withinMs))),
    };
    const found: StoredAction[] = [];
    let heldChars = 0;
    for await (const page of this.#pages(queries, bounds, MAX_PAGE_SIZE)) {
      found.push(...page.actions);
      heldChars += charsOf(page.actions);
      this.#isComplete = page.isLast;
      if (heldChars > MAX_HELD_CHARS) break;
    }
    // The newest of many candidates may be far from most queries. Then each query reads its own (`unloaded`).
    if (!this.#isComplete) return;
    for (const action of found) if (!this.#batchIds.has(action.id)) this.add(new StoredCandidate(action));
  }

  /** The candidates of the query that are in memory, newest first. */
  loaded({ newer, withinMs }: CandidateQuery): Candidate[] {
    const { timestamp } = newer.content;
    return this.#sameActorVerb(newer).filter(
      (each) =>
        isSameRecord(each, newer) ||
        (withinMs > 0 && Math.abs(each.content.timestamp - timestamp) <= withinMs),
    );
  }

  /** The stored candidates of the query that `load` did not load, newest first, in pages. */
  async *unloaded(query: CandidateQuery): AsyncGenerator<StoredCandidate[]> {
    if (this.#isComplete || query.withinMs === 0) return;
    const { timestamp } = query.newer.content;
    const bounds = {
      from: asMillis(timestamp - query.withinMs),
      to: asMillis(timestamp + query.withinMs),
    };
    for await (const { actions } of this.#pages([query], bounds, MAX_COMPARED)) {
      yield actions
        .filter(({ id }) => !this.#byId.has(id) && !this.#batchIds.has(id))
        .map((action) => new StoredCandidate(action));
    }
  }

  /** Reads up to `max` stored candidates of the queries, newest first. `isLast`: there are no more. */
  async *#pages(
    queries: readonly CandidateQuery[],
    bounds: Pick<SimilarityQuery, 'from' | 'to'>,
    max: number,
  ): AsyncGenerator<{ actions: StoredAction[]; isLast: boolean }> {
    const keys = this.#keysOf(queries);
    let after: TimeCursor | null = null;
    let limit = FIRST_PAGE_SIZE;
    for (let read = 0; read < max; ) {
      const actions: StoredAction[] = await this.#store.findSimilar({ keys, ...bounds, after, limit });
      const last = actions.at(-1);
      const isLast = !last || actions.length < limit;
      yield { actions, isLast };
      if (isLast) return;
      after = cursorOf(last);
      read += actions.length;
      const fitting = Math.ceil((MAX_HELD_CHARS * actions.length) / (charsOf(actions) + 1));
      limit = Math.min(fitting, limit * PAGE_SIZE_GROWTH, MAX_PAGE_SIZE, max - read);
    }
  }

  #sameActorVerb({ content }: Candidate): Candidate[] {
    const key = actorVerbKey(content);
    const list = this.#byActorVerb.get(key) ?? [];
    this.#byActorVerb.set(key, list);
    return list;
  }

  #keysOf(queries: readonly CandidateQuery[]): SimilarityQuery['keys'] {
    const [targets, related, verbs] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const { newer } of queries) {
      const keys = groupKeys(newer.content);
      if (this.#handlers.hasCustomGrouping(newer.content.verb)) verbs.add(keys.verb);
      else {
        targets.add(keys.targets);
        related.add(keys.related);
      }
    }
    return { targets: [...targets], related: [...related], verb: [...verbs] };
  }
}

const charsOf = (actions: readonly StoredAction[]): number =>
  actions.reduce((sum, action) => sum + sizesOf(action).total, 0);

const isSameRecord = (candidate: Candidate, { record }: BatchCandidate): boolean =>
  candidate instanceof BatchCandidate && candidate.record === record;

/** Breaks ties by id, because ids increase within a batch. */
export function isNewer({ id, content }: Candidate, than: Candidate): boolean {
  const { timestamp } = than.content;
  return content.timestamp > timestamp || (content.timestamp === timestamp && id > than.id);
}
