/** Changes of one feed that are told one by one; with more, its user is told to reload instead. */
export const MOST_TOLD = 100;

/** Users of whom is remembered how much they were told; beyond it counting begins anew. */
const MOST_COUNTED = 100_000;

/** Whose feeds change so much in one piece of work that they are told once, when it is done: to reload. */
export class QuietUsers {
  /** Those, so far. */
  readonly users: Set<string>;
  readonly #told = new Map<string, number>();
  readonly #note: () => Promise<void>;
  #isNoted = true;

  /** `note` is told when there are more of them, before anything of theirs is changed. */
  constructor(users: Iterable<string>, note: () => Promise<void>) {
    this.users = new Set(users);
    this.#note = note;
  }

  /** Parts changes into those to be told and those of quiet users. */
  async split<T extends { user: string }>(changes: readonly T[]): Promise<{ told: T[]; quiet: T[] }> {
    const told: T[] = [];
    const quiet: T[] = [];
    for (const change of changes) (this.#isQuiet(change.user) ? quiet : told).push(change);
    if (!this.#isNoted) await this.#note();
    this.#isNoted = true;
    return { told, quiet };
  }

  #isQuiet(user: string): boolean {
    if (this.users.has(user)) return true;
    const told = (this.#told.get(user) ?? 0) + 1;
    if (told > MOST_TOLD) {
      this.#told.delete(user);
      this.users.add(user);
      this.#isNoted = false;
      return true;
    }
    if (this.#told.size >= MOST_COUNTED) this.#told.clear();
    this.#told.set(user, told);
    return false;
  }
}
