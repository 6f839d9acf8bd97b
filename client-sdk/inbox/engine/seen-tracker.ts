import type { HubSource } from './hub-source.ts';
import type { InboxInput } from './view.ts';

export interface SeenTrackerOptions {
  source: HubSource;
  /** Returns whether it succeeded. Never rejects. */
  markSeen(): Promise<boolean>;
  /** It may be viewed now, or no longer. */
  onChange(): void;
}

/** Marks items as seen while the panel is open, or the list is in view, and the page is visible. */
export class SeenTracker {
  readonly #options: SeenTrackerOptions;
  #observer: IntersectionObserver | undefined;
  #root: Element | null = null;
  #isInView = false;
  #isMarking = false;
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
    if (!isOnline) this.#requestedFor = '';
    if (!hub || this.#isMarking || !isOnline || unseen === 0) return;
    const [newest] = feed.items;
    // With the count, because an item may arrive below the newest one. A mark that failed restores the same count.
    const newestKey = newest ? `${unseen} ${newest.at} ${newest.id}` : '';
    if (newestKey === this.#requestedFor) return;
    this.#requestedFor = newestKey;
    this.#isMarking = true;
    void this.#options.markSeen().then((isMarked) => {
      if (hub !== this.#options.source.hub) return;
      this.#isMarking = false;
      if (isMarked) this.#requestedFor = '';
      this.#options.onChange();
    });
  }
}
