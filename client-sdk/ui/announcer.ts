import type { FeedItem } from '../../protocol/entities.ts';

/** Milliseconds between two announcements: who listens must be able to listen to something else as well. */
const pause = 3_000;

/**
 * Gathers what arrived into at most one announcement in three seconds. The first comes at once; what arrives during
 * the pause is told together at its end. `say` gets how many and the newest, or `null` when the pause ends in silence
 * and the last announcement may go: the same text later is then news again.
 */
export class Announcer {
  readonly #say: (arrived: { count: number; newest: FeedItem } | null) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #newest: FeedItem | undefined;

  constructor(say: (arrived: { count: number; newest: FeedItem } | null) => void) {
    this.#say = say;
  }

  /** Newest first. */
  arrived(items: readonly FeedItem[]): void {
    const [newest] = items;
    if (newest === undefined) return;
    this.#count += items.length;
    this.#newest = newest;
    if (this.#timer === undefined) this.#announce();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#count = 0;
    this.#newest = undefined;
  }

  #announce(): void {
    const newest = this.#newest;
    this.#timer = newest && setTimeout(() => this.#announce(), pause);
    const count = this.#count;
    this.#count = 0;
    this.#newest = undefined;
    this.#say(newest ? { count, newest } : null);
  }
}
