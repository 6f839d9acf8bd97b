/** Bounds the pushes of a task: after its first changes, a feed changes silently and gets one reset. */

/** Changes of one feed that are pushed one by one. */
export const PUSH_LIMIT = 100;

/** Users whose pushes are counted. With more, counting starts again from zero. */
const MAX_COUNTED_USERS = 100_000;

/** Collects the users who need a reset because a task changes their feeds without pushes. */
export class ResyncUsers {
  /** The users collected so far. */
  readonly users: Set<string>;
  readonly #pushCounts = new Map<string, number>();
  readonly #saveCheckpoint: () => Promise<void>;
  #isSaved = true;

  /** `saveCheckpoint` is called after users were added, before their feeds change. */
  constructor(users: Iterable<string>, saveCheckpoint: () => Promise<void>) {
    this.users = new Set(users);
    this.#saveCheckpoint = saveCheckpoint;
  }

  /** Splits changes into those to push and those of users who get a reset. */
  async split<T extends { user: string }>(changes: readonly T[]): Promise<{ toPush: T[]; toResync: T[] }> {
    const toPush: T[] = [];
    const toResync: T[] = [];
    for (const change of changes) (this.#needsResync(change.user) ? toResync : toPush).push(change);
    if (!this.#isSaved) await this.#saveCheckpoint();
    this.#isSaved = true;
    return { toPush, toResync };
  }

  #needsResync(user: string): boolean {
    if (this.users.has(user)) return true;
    const pushCount = (this.#pushCounts.get(user) ?? 0) + 1;
    if (pushCount > PUSH_LIMIT) {
      this.#pushCounts.delete(user);
      this.users.add(user);
      this.#isSaved = false;
      return true;
    }
    if (this.#pushCounts.size >= MAX_COUNTED_USERS) this.#pushCounts.clear();
    this.#pushCounts.set(user, pushCount);
    return false;
  }
}
