import type { FeedItem } from '../../protocol/entities.ts';

/** Milliseconds between two announcements: who listens must be able to listen to something else as well. */
const pause = 3_000;
/** For how many of them, at the end, nothing is said: the same words said twice are one change only where they went between. */
const silence = 100;

/**
 * Gathers what arrived into at most one announcement in three seconds. The first comes at once; what arrives during
 * the pause is told together at its end. `say` gets how many and the newest, or `null` shortly before the pause ends, when
 * the last announcement may go: the same text said again is then news again.
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
    const [newest, count] = [this.#newest, this.#count];
    this.#count = 0;
    this.#newest = undefined;
    this.#timer = newest && setTimeout(() => this.#hush(), pause - silence);
    if (newest) this.#say({ count, newest });
  }

  #hush(): void {
    this.#timer = setTimeout(() => this.#announce(), silence);
    this.#say(null);
  }
}
