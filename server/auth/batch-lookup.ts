/**
 * Batches lookups of single names (like a DataLoader): while one query of a space runs, names are collected for the next. In a
 * burst, the next query starts some time after the last one, so that it serves several lookups: the more names the last one had,
 * the later.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withTimeout } from '../../infra/timeout.ts';

/** If a query takes longer than this, the next one starts without waiting for it. */
export const MAX_BATCH_WAIT_MS = 250;
const MIN_INTERVAL_MS = 5;
const MAX_INTERVAL_MS = 20;
/** Added to the interval for each name of the last query. */
const PER_NAME_MS = 1;

interface NameBatch {
  names: Set<string>;
  found: Promise<ReadonlySet<string>>;
}

interface SpaceState {
  /** `null` until it has a name. */
  batch: NameBatch | null;
  /** Resolves when the next query may start: the running one has ended, or takes too long. */
  nextMayStart: Promise<unknown>;
}

export class BatchLookup {
  readonly #query: (space: string, names: readonly string[]) => Promise<readonly string[]>;
  /** The next batch by space, while a query is running. */
  readonly #next = new Map<string, SpaceState>();

  /** `query` returns those of the names that it found. */
  constructor(query: (space: string, names: readonly string[]) => Promise<readonly string[]>) {
    this.#query = query;
  }

  /** Returns true if a query that starts after this call finds the name. Rejects if the query does. */
  async has(space: string, name: string): Promise<boolean> {
    const current = this.#next.get(space);
    if (!current) return (await this.#start(space, [name])).has(name);
    current.batch ??= this.#startAfter(space, current.nextMayStart);
    current.batch.names.add(name);
    return (await current.batch.found).has(name);
  }

  #startAfter(space: string, ended: Promise<unknown>): NameBatch {
    const names = new Set<string>();
    return { names, found: ended.then(() => this.#start(space, [...names])) };
  }

  #start(space: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = this.#query(space, names).then((all) => new Set(all));
    const intervalMs = Math.min(Math.max(MIN_INTERVAL_MS, names.length * PER_NAME_MS), MAX_INTERVAL_MS);
    const nextMayStart = Promise.all([withTimeout(() => found, MAX_BATCH_WAIT_MS), delay(intervalMs)]);
    const state: SpaceState = { batch: null, nextMayStart };
    this.#next.set(space, state);
    void state.nextMayStart.then(() => {
      if (state.batch === null && this.#next.get(space) === state) this.#next.delete(space);
    });
    return found;
  }
}
