import type { FeedItem } from '@hubbub/client';

/** Milliseconds between two announcements, so that screen reader users can hear other things, too. */
const pause = 3_000;
/**
 * Milliseconds at the end of the pause without text: the same text is announced again only if it was cleared between.
 */
const silence = 100;

/**
 * Combines new items into at most one announcement every three seconds. The first is announced at once; items that
 * arrive during the pause are announced together at its end. `onAnnounce` receives the number of items and the newest
 * one. Shortly before the pause ends it receives `null`, so that the text is cleared and the same text can be announced
 * again.
 */
export class Announcer {
  readonly #onAnnounce: (announcement: { count: number; newest: FeedItem } | null) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #newest: FeedItem | undefined;

  constructor(onAnnounce: (announcement: { count: number; newest: FeedItem } | null) => void) {
    this.#onAnnounce = onAnnounce;
  }

  /** `items`: newest first. */
  add(items: readonly FeedItem[]): void {
    const [newest] = items;
    if (newest === undefined) return;
    this.#count += items.length;
    this.#newest = newest;
    if (this.#timer === undefined) this.#flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#count = 0;
    this.#newest = undefined;
  }

  #flush(): void {
    const [newest, count] = [this.#newest, this.#count];
    this.#count = 0;
    this.#newest = undefined;
    this.#timer = newest && setTimeout(() => this.#clear(), pause - silence);
    if (newest) this.#onAnnounce({ count, newest });
  }

  #clear(): void {
    this.#timer = setTimeout(() => this.#flush(), silence);
    this.#onAnnounce(null);
  }
}
