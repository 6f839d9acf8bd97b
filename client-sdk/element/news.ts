import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import { Announcer } from '../ui/announcer.ts';
import { arrivalsOf } from '../ui/arrivals.ts';

/** Milliseconds for which what arrived is set off. */
const freshFor = 2_400;

/** What has just arrived: announced, and set off for a moment. Unread items only: others are one's own deeds. */
export class News implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #fresh = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #announcer = new Announcer((arrived) => {
    this.announced = arrived;
    this.#host.requestUpdate();
  });
  /** To be said at present. */
  announced: { count: number; newest: FeedItem } | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.reset();
  }

  /** Another feed: nothing has arrived in it yet. */
  reset(): void {
    this.#announcer.stop();
    this.announced = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#fresh.clear();
  }

  isFresh(id: string): boolean {
    return this.#fresh.has(id);
  }

  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void {
    const arrived = arrivalsOf(before, now).filter(({ unread }) => unread);
    if (arrived.length === 0) return;
    this.#announcer.arrived(arrived);
    for (const { id } of arrived) this.#fresh.add(id);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const { id } of arrived) this.#fresh.delete(id);
      this.#host.requestUpdate();
    }, freshFor);
    this.#timers.add(timer);
  }
}
