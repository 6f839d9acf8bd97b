import { type BegunWrite, beginFeedWrite } from '../../consistency/feed-write.ts';
import type { FeedDeps } from '../../ports/deps.ts';

/**
 * An in-flight write that begins while its actions are being stored, so that the items need not wait for it. It begins before it
 * is known whether all its users get items, or others.
 */
export class EarlyWrite {
  readonly #deps: FeedDeps;
  readonly #space: string;
  #users: ReadonlySet<string> = new Set();
  #begun: Promise<BegunWrite> | null = null;
  #isEnded = false;

  constructor(deps: FeedDeps, space: string) {
    this.#deps = deps;
    this.#space = space;
  }

  /** Call it at most once. Does nothing after `end`. */
  begin(users: ReadonlySet<string>): void {
    if (this.#isEnded) return;
    this.#users = users;
    this.#begun = beginFeedWrite(this.#deps, this.#space, [...users]);
    // It fails when it is taken or ended.
    this.#begun.catch(() => undefined);
  }

  /** Returns the write, which the caller must end, the first time that it covers these users. Otherwise null. */
  async take(users: readonly string[]): Promise<BegunWrite | null> {
    const begun = this.#begun;
    if (begun === null || !users.every((user) => this.#users.has(user))) return null;
    this.#begun = null;
    return await begun;
  }

  /** Ends the write if nobody took it. */
  async end(): Promise<void> {
    this.#isEnded = true;
    const begun = this.#begun;
    if (begun === null) return;
    this.#begun = null;
    await this.#deps.clock.end(this.#space, (await begun).writer);
  }
}
