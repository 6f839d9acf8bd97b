import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import type { Token } from '../src/options.ts';
import { badgeOf, isCapped } from '../ui/badge.ts';
import { type Labels, labelsWith } from '../ui/labels.ts';
import { validLocale } from '../ui/locale.ts';
import { tokenProblem } from '../ui/token-problem.ts';
import type { InboxEvents } from './events.ts';
import { FocusFallback } from './focus-fallback.ts';
import { HubController } from './hub-controller.ts';
import { HubRequests } from './hub-requests.ts';
import { bellIcon } from './icons.ts';
import { nearestLang } from './lang.ts';
import { List } from './list.ts';
import { memoizeLast } from './memoize-last.ts';
import { NewItemAnnouncer } from './new-item-announcer.ts';
import { Paging } from './paging.ts';
import { panelTemplate } from './panel.ts';
import { Popup } from './popup.ts';
import { SeenTracker } from './seen-tracker.ts';
import { handleClick, handleKeydown, handleMousedown, rowAt, type SelectionHandlers } from './selection.ts';
import { chrome } from './styles/chrome.ts';
import { items } from './styles/items.ts';
import { theme } from './styles/theme.ts';
import { tabAfter } from './tabs.ts';
import type { InboxActions, Tab, View } from './view.ts';

/** Items per request. Unread ones may be far apart, so their pages are larger. */
const pageSizes: Record<Tab, number> = { all: 20, unread: 100 };

/**
 * `<hubbub-inbox>`: a user's inbox, behind a bell or in the page. docs/inbox.md describes attributes, events, slots and
 * theming.
 *
 * @fires hubbub-select - `{ item, url }`; cancelable: if canceled, the item is not marked and its link is not followed.
 * @fires hubbub-error - `{ error: HubError }`: a request was rejected or failed.
 */
export class HubbubInbox extends LitElement {
  static override styles = [theme, chrome, items];
  static override properties = {
    hub: { attribute: false },
    url: {},
    token: {},
    layout: { reflect: true, useDefault: true },
    open: { type: Boolean, reflect: true },
    theme: { reflect: true, useDefault: true },
    locale: {},
    labels: { attribute: false },
  };

  /** A hub that the page shares and closes. Takes precedence over `url`. */
  declare hub: Hub | null;
  /**
   * The hub's URL, used with `token` if `hub` is not set. The connection closes when the element leaves the document.
   */
  declare url: string | null;
  /** The token for `url`. A function is called whenever a fresh one is needed. */
  declare token: Token | null;
  /** `bell`: a bell with a panel; `page`: the list in the flow of the page. */
  declare layout: 'bell' | 'page';
  /** Whether the bell's panel is open. */
  declare open: boolean;
  /** `auto`: follows the system's setting. */
  declare theme: 'auto' | 'light' | 'dark';
  /** BCP 47: the language of times and, with `url`, of texts. Default: the nearest `lang`. */
  declare locale: string | null;
  /** Overrides texts. */
  declare labels: Partial<Labels>;

  readonly #hubController = new HubController(this, {
    language: () => this.#language(),
    hubChanged: () => {
      this.#announcer.setHub(this.#hubController.hub);
      this.#requests.reset();
    },
    feedChanged: (before, now) => {
      this.#announcer.feedChanged(before, now);
      this.#requests.feedChanged(before, now);
    },
  });
  readonly #announcer = new NewItemAnnouncer(this);
  readonly #requests = new HubRequests(this, this.#hubController, (error) =>
    this.#dispatch('hubbub-error', { error }),
  );
  readonly #list: List;
  #tab: Tab = 'all';
  readonly #unreadItems = memoizeLast((all: FeedSnapshot['items']) => all.filter(({ unread }) => unread));

  constructor() {
    super();
    this.hub = null;
    this.url = null;
    this.token = null;
    this.layout = 'bell';
    this.open = false;
    this.theme = 'auto';
    this.locale = null;
    this.labels = {};
    // The order matters: the panel must be open before its rows can be measured.
    new Popup(this);
    this.#list = new List(this, {
      visibleItems: () => this.#visibleItems(),
      isFresh: (id) => this.#announcer.isFresh(id),
    });
    new FocusFallback(this, this.#list);
    new Paging(this, this.#list.viewport, {
      canLoad: () =>
        this.#hasMore() && !this.#requests.loadMoreFailed && this.#hubController.feed.status === 'ready',
      loadMore: () => this.#loadMore(),
    });
    new SeenTracker(this, this.#hubController, {
      times: () => this.#list.rows.map(({ item }) => item.at),
      markSeen: () => this.#requests.run((feed) => feed.markSeen()),
    });
  }

  protected override render(): TemplateResult {
    const labels = this.#mergedLabels();
    const { announcement } = this.#announcer;
    const message = announcement ? labels.arrived(announcement.count, announcement.newest.action.text) : '';
    const liveRegion = html`<p class="quietly" aria-live="polite">${message}</p>`;
    if (this.layout === 'page') {
      return html`<section class="panel" part="panel" aria-labelledby="title" @click=${this.#handleClick} @auxclick=${this.#handleClick} @mousedown=${handleMousedown} @keydown=${this.#handleKeydown} @focusin=${this.#handleFocusin}>${panelTemplate(this.#view(), this.#actions)}</section>${liveRegion}`;
    }
    const badge = badgeOf(this.#hubController.feed.counts);
    return html`<button type="button" class="bell" part="bell" aria-haspopup="dialog" aria-expanded=${this.open} aria-controls="panel" aria-label=${labels.open(badge)} @click=${this.#toggleOpen}>${bellIcon}${
      badge === null ? nothing : html`<span class="badge" part="badge" aria-hidden="true">${badge}</span>`
    }</button><div id="panel" class="panel" part="panel" popover="manual" role="dialog" aria-label=${labels.title} tabindex="-1" @click=${this.#handleClick} @auxclick=${this.#handleClick} @mousedown=${handleMousedown} @keydown=${this.#handleKeydown} @focusin=${this.#handleFocusin}>${this.open ? panelTemplate(this.#view(), this.#actions) : nothing}</div>${liveRegion}`;
  }

  #mergedLabels(): Labels {
    return labelsWith(this.labels);
  }

  #language(): string | undefined {
    return validLocale(this.locale ?? nearestLang(this));
  }

  /** The loaded items of the selected tab; none while the panel is closed. */
  #visibleItems(): readonly FeedItem[] {
    if (this.layout === 'bell' && !this.open) return [];
    const { items: all } = this.#hubController.feed;
    return this.#tab === 'all' ? all : this.#unreadItems(all);
  }

  /** Whether the tab has more items to load. For unread items, the hub's count tells. */
  #hasMore(): boolean {
    const { hasMore, counts, items: all } = this.#hubController.feed;
    if (!hasMore || this.#tab === 'all') return hasMore;
    return isCapped(counts) || counts.unread > this.#unreadItems(all).length;
  }

  #view(): View {
    const { feed, connection, problem } = this.#hubController;
    return {
      labels: this.#mergedLabels(),
      locale: this.#language(),
      now: Date.now(),
      layout: this.layout,
      tab: this.#tab,
      feed,
      connection,
      tokenProblem: tokenProblem(problem),
      visibleItems: this.#visibleItems(),
      hasMore: this.#hasMore(),
      loadMoreFailed: this.#requests.loadMoreFailed,
      markFailed: this.#requests.markFailed,
      rows: this.#list.rows,
      spaceBelow: this.#list.spaceBelow,
    };
  }

  readonly #actions: InboxActions = {
    selectTab: (tab) => this.#selectTab(tab),
    tabKey: (event) => {
      const next = tabAfter(event, this.#tab, getComputedStyle(this).direction === 'rtl');
      if (next === undefined) return;
      event.preventDefault();
      this.#selectTab(next);
      this.renderRoot.querySelector<HTMLElement>(`#${next}`)?.focus();
    },
    markAllRead: () => {
      if (this.#hubController.feed.counts.unread > 0) void this.#requests.mark((feed) => feed.markAllRead());
    },
    close: () => {
      this.open = false;
    },
    loadMore: () => {
      if (this.#hubController.feed.status !== 'loadingMore') void this.#loadMore();
    },
    retry: () => void this.#hubController.hub?.feed.refresh(),
    reconnect: () => this.#hubController.hub?.connection.retry(),
  };

  readonly #selectionHandlers: SelectionHandlers = {
    itemOf: (id) => this.#list.rows.find(({ item }) => item.id === id)?.item,
    dispatchSelect: (item, url) => this.#dispatch('hubbub-select', { item, url }),
    onSelected: ({ id, unread }, leaves) => {
      if (unread) void this.#requests.mark((feed) => feed.markRead([id]));
      if (leaves && this.layout === 'bell') this.open = false;
    },
    toggleRead: ({ id, unread }) =>
      void this.#requests.mark((feed) => (unread ? feed.markRead([id]) : feed.markUnread([id]))),
  };

  readonly #toggleOpen = (): void => {
    this.open = !this.open;
  };
  readonly #handleClick = (event: MouseEvent): void => handleClick(event, this.#selectionHandlers);
  readonly #handleKeydown = (event: KeyboardEvent): void => handleKeydown(event, this.#list);
  readonly #handleFocusin = (event: FocusEvent): void => {
    const row = rowAt(event);
    if (row) this.#list.setCurrent(row.dataset.id ?? '');
  };

  #selectTab(tab: Tab): void {
    if (tab === this.#tab) return;
    this.#tab = tab;
    this.#list.reset();
    this.requestUpdate();
  }

  #loadMore(): Promise<void> {
    return this.#requests.loadMore(pageSizes[this.#tab]);
  }

  #dispatch<Name extends keyof InboxEvents>(name: Name, detail: InboxEvents[Name]): boolean {
    const cancelable = name === 'hubbub-select';
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}
