import type { LitElement, ReactiveController } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import { Announcer } from '../ui/announcer.ts';
import { arrivalsOf } from '../ui/arrivals.ts';
import { isVoiceOf, joinVoices } from '../ui/voices.ts';

/** Milliseconds for which what arrived is set off. */
const freshFor = 2_400;

/**
 * What has just arrived: announced, unless another inbox of the page does that, and set off for a moment. Unread items
 * only: others are one's own deeds.
 */
export class News implements ReactiveController {
  readonly #host: LitElement;
  readonly #voice = () => this.#host.renderRoot.querySelector('[aria-live]') ?? null;
  #hub: Hub | null = null;
  #leave: (() => void) | undefined;
  readonly #fresh = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #announcer = new Announcer((arrived) => {
    this.announced = arrived;
    this.#host.requestUpdate();
  });
  /** To be said at present. */
  announced: { count: number; newest: FeedItem } | null = null;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  /** Another feed, or none: nothing has arrived in it yet. */
  follow(hub: Hub | null): void {
    this.hostDisconnected();
    this.#leave?.();
    this.#leave = hub ? joinVoices(hub, this.#voice) : undefined;
    this.#hub = hub;
  }

  hostDisconnected(): void {
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
    if (this.#hub && isVoiceOf(this.#hub, this.#voice)) this.#announcer.arrived(arrived);
    for (const { id } of arrived) this.#fresh.add(id);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const { id } of arrived) this.#fresh.delete(id);
      this.#host.requestUpdate();
    }, freshFor);
    this.#timers.add(timer);
  }
}
