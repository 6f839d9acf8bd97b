import type { LitElement, ReactiveController } from 'lit';
import type { Hub } from '../src/hub.ts';
import { agesIn } from '../ui/time.ts';
import type { Source } from './source.ts';

export interface AttentionHost extends LitElement {
  readonly layout: 'bell' | 'page';
  readonly open: boolean;
}

export interface AttentionNeeds {
  /** ISO 8601: the times that are drawn. */
  times(): readonly string[];
  /** Never rejects. */
  markSeen(): Promise<unknown>;
}

/**
 * What depends on somebody looking: marks as seen what is shown while the panel is open, or the list in view, in a page
 * that is visible itself; and draws again when a time has aged.
 */
export class Attention implements ReactiveController {
  readonly #host: AttentionHost;
  readonly #source: Source;
  readonly #needs: AttentionNeeds;
  readonly #inView = new IntersectionObserver((entries) => {
    this.#isInView = entries.at(-1)?.isIntersecting ?? false;
    this.#host.requestUpdate();
  });
  readonly #turned = () => this.#host.requestUpdate();
  #isInView = false;
  #marking = false;
  /** What was last asked for: not asked again, should it be refused, until there is more or somebody looks anew. */
  #asked = '';
  /** Whom it was asked. */
  #hub: Hub | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: AttentionHost, source: Source, needs: AttentionNeeds) {
    this.#host = host;
    this.#needs = needs;
    this.#source = source;
    host.addController(this);
  }

  hostConnected(): void {
    this.#inView.observe(this.#host);
    document.addEventListener('visibilitychange', this.#turned);
  }

  hostDisconnected(): void {
    this.#inView.disconnect();
    this.#isInView = false;
    document.removeEventListener('visibilitychange', this.#turned);
    clearTimeout(this.#timer);
  }

  hostUpdated(): void {
    clearTimeout(this.#timer);
    const visible = this.#host.isConnected && document.visibilityState === 'visible';
    const looking = visible && (this.#host.layout === 'bell' ? this.#host.open : this.#isInView);
    if (!looking) {
      this.#asked = '';
      return;
    }
    this.#see();
    const times = this.#needs.times();
    if (times.length === 0) return;
    const next = Math.min(...times.map((time) => agesIn(time)));
    this.#timer = setTimeout(this.#turned, Math.min(Math.max(next, 1_000), 3_600_000));
  }

  #see(): void {
    const { hub, feed, connection } = this.#source;
    if (hub !== this.#hub) {
      this.#hub = hub;
      this.#marking = false;
      this.#asked = '';
    }
    if (connection !== 'online') this.#asked = '';
    if (!hub || this.#marking || connection !== 'online' || feed.counts.unseen === 0) return;
    const [newest] = feed.items;
    const asked = newest ? `${newest.at} ${newest.id}` : '';
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#marking = true;
    void this.#needs.markSeen().then(() => {
      if (hub !== this.#hub) return;
      this.#marking = false;
      this.#host.requestUpdate();
    });
  }
}
