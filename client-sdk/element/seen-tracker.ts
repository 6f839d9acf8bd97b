import type { LitElement, ReactiveController } from 'lit';
import type { Hub } from '../src/hub.ts';
import { msUntilChange } from '../ui/time.ts';
import type { HubController } from './hub-controller.ts';

export interface SeenTrackerHost extends LitElement {
  readonly layout: 'bell' | 'page';
  readonly open: boolean;
}

export interface SeenTrackerOptions {
  /** The rendered times, ISO 8601. */
  times(): readonly string[];
  /** Never rejects. */
  markSeen(): Promise<unknown>;
}

/**
 * Marks items as seen while the panel is open, or the list is in view, and the page is visible. In the same state it
 * updates the inbox when a relative time changes.
 */
export class SeenTracker implements ReactiveController {
  readonly #host: SeenTrackerHost;
  readonly #hubController: HubController;
  readonly #options: SeenTrackerOptions;
  readonly #viewObserver = new IntersectionObserver((entries) => {
    this.#isInView = entries.at(-1)?.isIntersecting ?? false;
    this.#host.requestUpdate();
  });
  readonly #requestUpdate = () => this.#host.requestUpdate();
  #isInView = false;
  #marking = false;
  /** The newest item of the last request. A failed request is not repeated until there are new items or a new view. */
  #requestedFor = '';
  /** The hub of the last request. */
  #hub: Hub | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: SeenTrackerHost, hubController: HubController, options: SeenTrackerOptions) {
    this.#host = host;
    this.#options = options;
    this.#hubController = hubController;
    host.addController(this);
  }

  hostConnected(): void {
    this.#viewObserver.observe(this.#host);
    document.addEventListener('visibilitychange', this.#requestUpdate);
  }

  hostDisconnected(): void {
    this.#viewObserver.disconnect();
    this.#isInView = false;
    document.removeEventListener('visibilitychange', this.#requestUpdate);
    clearTimeout(this.#timer);
  }

  hostUpdated(): void {
    clearTimeout(this.#timer);
    const visible = this.#host.isConnected && document.visibilityState === 'visible';
    const isViewed = visible && (this.#host.layout === 'bell' ? this.#host.open : this.#isInView);
    if (!isViewed) {
      this.#requestedFor = '';
      return;
    }
    this.#markSeen();
    const times = this.#options.times();
    if (times.length === 0) return;
    const next = Math.min(...times.map((time) => msUntilChange(time)));
    this.#timer = setTimeout(this.#requestUpdate, Math.min(Math.max(next, 1_000), 3_600_000));
  }

  #markSeen(): void {
    const { hub, feed, connection } = this.#hubController;
    if (hub !== this.#hub) {
      this.#hub = hub;
      this.#marking = false;
      this.#requestedFor = '';
    }
    if (connection !== 'online') this.#requestedFor = '';
    if (!hub || this.#marking || connection !== 'online' || feed.counts.unseen === 0) return;
    const [newest] = feed.items;
    const newestKey = newest ? `${newest.at} ${newest.id}` : '';
    if (newestKey === this.#requestedFor) return;
    this.#requestedFor = newestKey;
    this.#marking = true;
    void this.#options.markSeen().then(() => {
      if (hub !== this.#hub) return;
      this.#marking = false;
      this.#host.requestUpdate();
    });
  }
}
