import type { HubError } from '@hubbub/client';
import type { HubSource } from './hub-source.ts';
import type { InboxInput } from './view.ts';

export interface SeenTrackerOptions {
  source: HubSource;
  /** Returns the error, or `null`. Never rejects. */
  markSeen(): Promise<HubError | null>;
  /** It may be viewed now, or no longer. */
  onChange(): void;
}

/** Marks items as seen while the panel is open, or the list is in view, and the page is visible. */
export class SeenTracker {
  readonly #options: SeenTrackerOptions;
  #observer: IntersectionObserver | undefined;
  #root: Element | null = null;
  #isInView = false;
  /** `null`: the last mark failed. */
  #isMarking: boolean | null = false;
  /** The unseen count and the newest item of the last request. A failed request is not repeated until there are new items or a new view. */
  #requestedFor = '';

  constructor(options: SeenTrackerOptions) {
    this.#options = options;
  }

  connect(): void {
    document.addEventListener('visibilitychange', this.#options.onChange);
  }

  disconnect(): void {
    this.#observe(null);
    document.removeEventListener('visibilitychange', this.#options.onChange);
  }

  /** The marks of another hub start anew. */
  hubChanged(): void {
    this.#isMarking = false;
    this.#requestedFor = '';
  }

  /** Returns whether the user views the inbox. */
  afterRender(root: Element | null, { layout, isOpen }: InboxInput): boolean {
    this.#observe(root);
    const isViewed = document.visibilityState === 'visible' && (layout === 'bell' ? isOpen : this.#isInView);
    if (isViewed) this.#markSeen();
    else this.#requestedFor = '';
    return isViewed;
  }

  #observe(root: Element | null): void {
    if (root === this.#root) return;
    this.#observer?.disconnect();
    this.#isInView = false;
    this.#root = root;
    if (!root) return;
    this.#observer = new IntersectionObserver((entries) => {
      this.#isInView = entries.at(-1)?.isIntersecting ?? false;
      this.#options.onChange();
    });
    this.#observer.observe(root);
  }

  #markSeen(): void {
    const { hub, feed, connection } = this.#options.source;
    const { unseen } = feed.counts;
    const isOnline = connection === 'online';
    // After a failed mark the count is 0 until the previous one is restored.
    if (!isOnline || (unseen === 0 && this.#isMarking === false)) this.#requestedFor = '';
    if (!hub || this.#isMarking || !isOnline || unseen === 0) return;
    const [newest] = feed.items;
    // With the count, because an item may arrive below the newest one. A mark that failed restores the same count.
    const newestKey = newest ? `${unseen} ${newest.at} ${newest.id}` : '';
    if (newestKey === this.#requestedFor) return;
    this.#requestedFor = newestKey;
    this.#isMarking = true;
    void this.#options.markSeen().then((error) => {
      if (hub !== this.#options.source.hub) return;
      this.#isMarking = error ? null : false;
      this.#options.onChange();
    });
  }
}
