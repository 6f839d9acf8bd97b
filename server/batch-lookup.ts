/**
 * Batches lookups of single names into database queries (like a DataLoader). While one query of a space is running, further
 * names are collected for the next. Five hundred users who connect at once cost a few queries, and a single user does not wait.
 */

/** If a query takes longer than this, the next one starts without waiting for it. */
export const MAX_BATCH_WAIT_MS = 250;

interface NameBatch {
  names: Set<string>;
  found: Promise<ReadonlySet<string>>;
}

export class BatchLookup {
  readonly #query: (space: string, names: readonly string[]) => Promise<readonly string[]>;
  /** The next batch by space, while a query is running; `batch` is `null` until it has a name. */
  readonly #next = new Map<string, { batch: NameBatch | null; ended: Promise<void> }>();

  /** `query` returns those of the names that it found. */
  constructor(query: (space: string, names: readonly string[]) => Promise<readonly string[]>) {
    this.#query = query;
  }

  /** Returns true if a query that starts after this call finds the name. Rejects if the query does. */
  async has(space: string, name: string): Promise<boolean> {
    const current = this.#next.get(space);
    if (!current) return (await this.#start(space, [name])).has(name);
    current.batch ??= this.#startAfter(space, current.ended);
    current.batch.names.add(name);
    return (await current.batch.found).has(name);
  }

  #startAfter(space: string, ended: Promise<void>): NameBatch {
    const names = new Set<string>();
    return { names, found: ended.then(() => this.#start(space, [...names])) };
  }

  #start(space: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = this.#query(space, names).then((all) => new Set(all));
    const state: { batch: NameBatch | null; ended: Promise<void> } = { batch: null, ended: endOf(found) };
    this.#next.set(space, state);
    void state.ended.then(() => {
      if (state.batch === null && this.#next.get(space) === state) this.#next.delete(space);
    });
    return found;
  }
}

/** Resolves when the promise has settled, or after the timeout. */
function endOf(pending: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_BATCH_WAIT_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    pending.then(end, end);
  });
}
