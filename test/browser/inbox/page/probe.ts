/** What the tests ask of the page: what was shown, from the first moment on. */
import type { FeedSnapshot, Hub } from '../../../../client-sdk/src/index.ts';

/** Where the element shows what the tests look at. */
const places = {
  badge: '[part~="badge"]',
  items: '[data-id]',
};

export interface Shown {
  /** Every number the badge showed, one after the other; 0 where there was none. */
  badges: string[];
  /** Every list of items: their ids from the top. */
  lists: string[][];
}

export class Probe {
  readonly hub: Hub | null;
  readonly shown: Shown = { badges: [], lists: [] };
  /** Every state of the connection. */
  readonly connections: string[] = [];
  readonly #inbox: HTMLElement;

  constructor(inbox: HTMLElement, hub: Hub | null) {
    this.#inbox = inbox;
    this.hub = hub;
    if (inbox.shadowRoot) this.#watch(inbox.shadowRoot);
    if (hub) {
      const note = () => this.connections.push(hub.connection.getSnapshot());
      note();
      hub.connection.subscribe(note);
    }
  }

  snapshot(): FeedSnapshot {
    if (!this.hub) throw new Error('the element keeps its hub for itself');
    return this.hub.feed.getSnapshot();
  }

  /** Ids from the top. */
  items(): string[] {
    const items = this.#inbox.shadowRoot?.querySelectorAll<HTMLElement>(places.items) ?? [];
    return [...items].map((item) => item.dataset.id ?? '');
  }

  badge(): string {
    const badge = this.#inbox.shadowRoot?.querySelector<HTMLElement>(places.badge);
    return badge?.checkVisibility() ? (badge.textContent?.trim() ?? '') : '0';
  }

  #watch(root: ShadowRoot): void {
    const note = () => {
      const badge = this.badge();
      if (this.shown.badges.at(-1) !== badge) this.shown.badges.push(badge);
      const items = this.items();
      if (this.shown.lists.at(-1)?.join() !== items.join()) this.shown.lists.push(items);
    };
    note();
    new MutationObserver(note).observe(root, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  }
}
