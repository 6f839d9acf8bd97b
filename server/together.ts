/**
 * Questions about many names, of which a database is asked for all that came up meanwhile: while one question of a space is
 * under way the next one gathers. So five hundred users who connect at once cost a few questions, and one user waits for none.
 */

/** A question that takes longer does not keep the next one waiting. */
export const MAX_GATHER_MS = 250;

interface Round {
  names: Set<string>;
  found: Promise<ReadonlySet<string>>;
}

export class Together {
  readonly #ask: (space: string, names: readonly string[]) => Promise<readonly string[]>;
  /** By space, while a question is under way: the one after it, once there is one. */
  readonly #next = new Map<string, { round: Round | null; ended: Promise<void> }>();

  /** `ask` returns which of the names it found. */
  constructor(ask: (space: string, names: readonly string[]) => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  /** Whether the name is found by a question that begins after this call. Rejects as the question does. */
  async has(space: string, name: string): Promise<boolean> {
    const current = this.#next.get(space);
    if (!current) return (await this.#begin(space, [name])).has(name);
    current.round ??= this.#after(space, current.ended);
    current.round.names.add(name);
    return (await current.round.found).has(name);
  }

  #after(space: string, ended: Promise<void>): Round {
    const names = new Set<string>();
    return { names, found: ended.then(() => this.#begin(space, [...names])) };
  }

  #begin(space: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = this.#ask(space, names).then((all) => new Set(all));
    const state: { round: Round | null; ended: Promise<void> } = { round: null, ended: endOf(found) };
    this.#next.set(space, state);
    void state.ended.then(() => {
      if (state.round === null && this.#next.get(space) === state) this.#next.delete(space);
    });
    return found;
  }
}

/** When it ended, however it did, or took too long. */
function endOf(asking: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MAX_GATHER_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    asking.then(end, end);
  });
}
