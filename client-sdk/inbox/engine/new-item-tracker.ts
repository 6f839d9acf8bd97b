import type { FeedSnapshot, Hub } from '@hubbub/client';
import { Announcer } from './announcer.ts';
import { isLiveRegionOwner, registerLiveRegion } from './live-region-owner.ts';
import { findNewItems } from './new-items.ts';
import type { Announcement } from './view.ts';

export interface NewItemTrackerOptions {
  getLiveRegion(): Element | null;
  onChange(): void;
}

/** Milliseconds for which new items are highlighted. */
const highlightDuration = 2_400;

/**
 * Announces new items, unless another inbox on the page does, and highlights them for a moment. Only unread items: the
 * user's own actions arrive already read.
 */
export class NewItemTracker {
  readonly #options: NewItemTrackerOptions;
  #hub: Hub | null = null;
  #releaseLiveRegion: (() => void) | undefined;
  readonly #newIds = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #announcer = new Announcer((announcement) => {
    this.announcement = announcement;
    this.#options.onChange();
  });
  announcement: Announcement | null = null;

  constructor(options: NewItemTrackerOptions) {
    this.#options = options;
  }

  /** Switches to another hub, or to none. Resets new items and announcements. */
  setHub(hub: Hub | null): void {
    this.disconnect();
    this.#releaseLiveRegion?.();
    this.#releaseLiveRegion = hub ? registerLiveRegion(hub, this.#options.getLiveRegion) : undefined;
    this.#hub = hub;
  }

  disconnect(): void {
    this.#announcer.stop();
    this.announcement = null;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#newIds.clear();
  }

  isNew(id: string): boolean {
    return this.#newIds.has(id);
  }

  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void {
    const newItems = findNewItems(before, now).filter(({ unread }) => unread);
    if (newItems.length === 0) return;
    if (this.#hub && isLiveRegionOwner(this.#hub, this.#options.getLiveRegion)) this.#announcer.add(newItems);
    for (const { id } of newItems) this.#newIds.add(id);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const { id } of newItems) this.#newIds.delete(id);
      this.#options.onChange();
    }, highlightDuration);
    this.#timers.add(timer);
  }
}
