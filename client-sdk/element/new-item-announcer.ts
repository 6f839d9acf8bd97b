import type { LitElement, ReactiveController } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import { Announcer } from '../ui/announcer.ts';
import { isLiveRegionOwner, registerLiveRegion } from '../ui/live-region-owner.ts';
import { findNewItems } from '../ui/new-items.ts';

/** Milliseconds for which new items are highlighted. */
const highlightDuration = 2_400;

/**
 * Announces new items, unless another inbox on the page does, and highlights them for a moment. Only unread items: the
 * user's own actions arrive already read.
 */
export class NewItemAnnouncer implements ReactiveController {
  readonly #host: LitElement;
  readonly #liveRegion = () => this.#host.renderRoot.querySelector('[aria-live]') ?? null;
  #hub: Hub | null = null;
  #releaseLiveRegion: (() => void) | undefined;
  readonly #freshIds = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #announcer = new Announcer((announcement) => {
    this.announcement = announcement;
    this.#host.requestUpdate();
  });
  /** The current announcement. */
  announcement: { count: number; newest: FeedItem } | null = null;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  /** Switches to another hub, or to none. Resets new items and announcements. */
  setHub(hub: Hub | null): void {
    this.hostDisconnected();
    this.#releaseLiveRegion?.();
    this.#releaseLiveRegion = hub ? registerLiveRegion(hub, this.#liveRegion) : undefined;
    this.#hub = hub;
  }

  hostDisconnected(): void {
    this.#announcer.stop();
    this.announcement = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#freshIds.clear();
  }

  isFresh(id: string): boolean {
    return this.#freshIds.has(id);
  }

  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void {
    const newItems = findNewItems(before, now).filter(({ unread }) => unread);
    if (newItems.length === 0) return;
    if (this.#hub && isLiveRegionOwner(this.#hub, this.#liveRegion)) this.#announcer.add(newItems);
    for (const { id } of newItems) this.#freshIds.add(id);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const { id } of newItems) this.#freshIds.delete(id);
      this.#host.requestUpdate();
    }, highlightDuration);
    this.#timers.add(timer);
  }
}
