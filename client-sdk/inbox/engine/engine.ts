import type { Feed, FeedItem, Hub, HubError } from '@hubbub/client';
import { badgeOf } from './badge.ts';
import { Clock } from './clock.ts';
import { FocusFallback } from './focus-fallback.ts';
import { HubSource } from './hub-source.ts';
import { Keyboard } from './keyboard.ts';
import { listStateOf } from './list-state.ts';
import { ListWindow } from './list-window.ts';
import { NewItemTracker } from './new-item-tracker.ts';
import { Paging } from './paging.ts';
import { Popover } from './popover.ts';
import { Requests } from './requests.ts';
import { SeenTracker } from './seen-tracker.ts';
import { type ClickEvent, type Confirm, Selection } from './selection.ts';
import { TabItems } from './tab-items.ts';
import type { InboxInput, InboxTab, InboxView } from './view.ts';

export interface InboxHost {
  /** The element with the class `hubbub-inbox`, if it is rendered. */
  getRoot(): HTMLElement | null;
  /** The user opened or closed the panel. */
  setOpen(isOpen: boolean): void;
  /** Called once for each error. `isBackground`: no user action caused it, and it is not shown. */
  onError(error: HubError, isBackground: boolean): void;
}

/**
 * The state and the behaviour of an inbox, without a framework. A renderer does the rest:
 *
 * 1. It calls `connect` when its element is in the document, and `disconnect` when the element is removed.
 * 2. It passes its hub and properties to `setHub` and `update`.
 * 3. It renders `getView()` after each notification, with the class names of `@hubbub/inbox/inbox.css`, `data-id` on
 *    items, `data-tab` on tabs, `aria-haspopup` on the bell and `popover="manual"` on its panel. It passes clicks to
 *    `click`.
 * 4. It calls `afterRender` when the document shows that view.
 *
 * Nothing here touches the document before `connect`, so the first view can be rendered on a server.
 */
export class InboxEngine {
  readonly #host: InboxHost;
  #input: InboxInput;
  readonly #listeners = new Set<() => void>();
  /** While the inbox is not in the document, nothing is rendered. */
  readonly #invalidate = (): void => {
    this.#view = null;
    if (this.#isConnected) for (const listener of this.#listeners) listener();
  };
  readonly #source = new HubSource({
    onHubChange: () => {
      this.#newItems.setHub(this.#source.hub);
      this.#requests.setHub(this.#source.hub);
      this.#seen.hubChanged();
    },
    onFeedChange: (before, now) => {
      this.#newItems.feedChanged(before, now);
      this.#requests.feedChanged(now);
    },
    onChange: this.#invalidate,
  });
  readonly #newItems = new NewItemTracker({
    getLiveRegion: () => this.#root?.querySelector('.hubbub-inbox__announcer') ?? null,
    onChange: this.#invalidate,
  });
  readonly #requests = new Requests({
    onError: (error, isBackground) => this.#host.onError(error, isBackground),
    onChange: this.#invalidate,
  });
  readonly #tabs = new TabItems();
  readonly #list = new ListWindow({
    isNew: (id) => this.#newItems.isNew(id),
    onChange: this.#invalidate,
  });
  readonly #popover = new Popover({ getRoot: () => this.#root, close: () => this.setOpen(false) });
  readonly #focusFallback = new FocusFallback(this.#list);
  readonly #keyboard = new Keyboard({
    list: this.#list,
    tabs: this.#tabs,
    selectTab: (tab) => this.selectTab(tab),
  });
  readonly #paging = new Paging({
    viewport: this.#list.viewport,
    canLoad: () => this.#canLoad(),
    loadMore: () => this.#requests.loadMore(this.#tabs.pageSize),
  });
  readonly #seen = new SeenTracker({
    source: this.#source,
    markSeen: () => this.#requests.markSeen(),
    onChange: this.#invalidate,
  });
  readonly #clock = new Clock(this.#invalidate);
  readonly #selection = new Selection({
    itemOf: (id) => this.#list.rows.find(({ item }) => item.id === id)?.item,
    onSelect: ({ id, unread }, isLeaving) => {
      if (unread) this.#mark((feed) => feed.markRead([id]));
      if (isLeaving && this.#input.layout === 'bell') this.setOpen(false);
    },
    onPress: (item, button) => this.press(item, button),
    onToggleRead: (item) => (item.unread ? this.markRead(item) : this.markUnread(item)),
  });
  #isConnected = false;
  #view: InboxView | null = null;

  constructor(host: InboxHost, input: InboxInput) {
    this.#host = host;
    this.#input = input;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What to render: the same object until `subscribe`'s listeners are called. */
  readonly getView = (): InboxView => {
    this.#view ??= this.#createView();
    return this.#view;
  };

  /** Starts to observe the document. */
  connect(): void {
    this.#isConnected = true;
    this.#seen.connect();
    this.#invalidate();
  }

  /** Releases all listeners, observers and timers, except the hub's. */
  disconnect(): void {
    this.#isConnected = false;
    this.#popover.disconnect();
    this.#list.disconnect();
    this.#keyboard.attach(null);
    this.#paging.disconnect();
    this.#seen.disconnect();
    this.#clock.stop();
    this.#newItems.disconnect();
    this.#requests.disconnect();
  }

  /** Shows the feed of a hub, which someone else closes. `null` releases the last one. */
  setHub(hub: Hub | null): void {
    this.#source.setHub(hub);
  }

  update(input: InboxInput): void {
    const { layout, isOpen, awaitsHub } = this.#input;
    const isSame = layout === input.layout && isOpen === input.isOpen && awaitsHub === input.awaitsHub;
    this.#input = input;
    if (!isSame) this.#invalidate();
  }

  /** Call it when the document shows the view. */
  afterRender(): void {
    const root = this.#root;
    if (!this.#isConnected || !root) return;
    const { isOpen, layout } = this.#input;
    this.#keyboard.attach(root);
    // The order matters: the panel must be open before its rows can be measured.
    this.#popover.afterRender(layout === 'bell' && isOpen);
    this.#list.afterRender(root);
    this.#focusFallback.afterRender(root);
    this.#paging.afterRender(root);
    const isViewed = this.#seen.afterRender(root, this.#input);
    this.#clock.watch(isViewed ? this.#list.rows.map(({ item }) => item.at) : []);
  }

  /** A click of any button. `confirm`: asks the page before an item is selected. */
  click(event: ClickEvent, confirm: Confirm): void {
    this.#selection.click(event, confirm);
  }

  /** The same for a click on another link of an item. */
  select(item: FeedItem, url: string | undefined, event: ClickEvent, confirm: Confirm): void {
    this.#selection.select(item, url, event, confirm);
  }

  markRead({ id }: FeedItem): void {
    this.#mark((feed) => feed.markRead([id]));
  }

  markUnread({ id }: FeedItem): void {
    this.#mark((feed) => feed.markUnread([id]));
  }

  /** Presses a button, unless one was pressed. */
  press({ id, pressed }: FeedItem, button: string): void {
    if (!pressed) this.#mark((feed) => feed.press(id, button));
  }

  readonly markAllRead = (): void => {
    if (this.#source.feed.counts.unread > 0) this.#mark((feed) => feed.markAllRead());
  };

  readonly selectTab = (tab: InboxTab): void => {
    if (tab === this.#tabs.tab) return;
    this.#tabs.tab = tab;
    this.#list.reset();
    this.#invalidate();
  };

  readonly loadMore = (): void => {
    if (this.#source.feed.status !== 'loadingMore') void this.#requests.loadMore(this.#tabs.pageSize);
  };

  readonly reconnect = (): void => this.#source.hub?.connection.retry();

  setOpen(isOpen: boolean): void {
    this.#host.setOpen(isOpen);
  }

  get #root(): HTMLElement | null {
    return this.#host.getRoot();
  }

  #mark(call: (feed: Feed) => Promise<unknown>): void {
    void this.#requests.mark(call);
  }

  #canLoad(): boolean {
    const { feed, connection } = this.#source;
    const isReady = connection === 'online' && feed.status === 'ready';
    return isReady && this.#tabs.hasMore(feed) && this.#requests.loadMoreError === null;
  }

  #createView(): InboxView {
    const { hub, feed, connection, problem } = this.#source;
    const { layout, isOpen, awaitsHub } = this.#input;
    const items = layout === 'page' || isOpen ? this.#tabs.of(feed) : [];
    const { markProblem, loadProblem, loadMoreError } = this.#requests;
    if (this.#isConnected) this.#focusFallback.beforeRender(this.#root);
    this.#list.select(items);
    return {
      now: Date.now(),
      tab: this.#tabs.tab,
      counts: feed.counts,
      badge: badgeOf(feed.counts),
      connection,
      rows: this.#list.rows,
      spaceBelow: this.#list.spaceBelow,
      announcement: this.#newItems.announcement,
      ...listStateOf({
        feed,
        connection,
        problem,
        hasHub: hub !== null || awaitsHub,
        count: items.length,
        hasMore: this.#tabs.hasMore(feed),
        markProblem,
        loadProblem,
        loadMoreError,
      }),
    };
  }
}
