import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import type { Token } from '../src/options.ts';
import { badgeOf, isCapped } from '../ui/badge.ts';
import { type Labels, labelsWith } from '../ui/labels.ts';
import { knownLocale } from '../ui/locale.ts';
import { tokenProblem } from '../ui/token-problem.ts';
import { Attention } from './attention.ts';
import { Calls } from './calls.ts';
import type { InboxEvents } from './events.ts';
import { bellIcon } from './icons.ts';
import { nearestLang } from './lang.ts';
import { lastOf } from './last-of.ts';
import { List } from './list.ts';
import { News } from './news.ts';
import { Paging } from './paging.ts';
import { panelTemplate } from './panel.ts';
import { Popup } from './popup.ts';
import { Refuge } from './refuge.ts';
import { clicked, pointed, pressed, rowAt, type Selecting } from './selecting.ts';
import { Source } from './source.ts';
import { chrome } from './styles/chrome.ts';
import { items } from './styles/items.ts';
import { theme } from './styles/theme.ts';
import { tabAfter } from './tabs.ts';
import type { Deeds, Tab, View } from './view.ts';

/** Items asked for at once: the unread ones may lie far apart. */
const pages: Record<Tab, number> = { all: 20, unread: 100 };

/**
 * `<hubbub-inbox>`: a user's inbox, behind a bell or in the page. docs/inbox.md describes attributes, events, slots and
 * how it is themed.
 *
 * @fires hubbub-select - `{ item, url }`; cancelable: then nothing is marked and no link followed.
 * @fires hubbub-error - `{ error: HubError }`: something was refused or failed.
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

  /** Shared with the page, which closes it. Goes before `url`. */
  declare hub: Hub | null;
  /** Where to connect, with `token`, when there is no `hub`. The connection is closed when the element leaves the page. */
  declare url: string | null;
  /** For `url`; a function is called whenever a fresh one is needed. */
  declare token: Token | null;
  /** Behind a bell, or the list in the flow of the page. */
  declare layout: 'bell' | 'page';
  /** Whether the bell's panel is open. */
  declare open: boolean;
  /** `auto`: as the system prefers. */
  declare theme: 'auto' | 'light' | 'dark';
  /** BCP 47, for times and, with `url`, for texts. Default: that of the nearest `lang`. */
  declare locale: string | null;
  /** Replaces any of the texts. */
  declare labels: Partial<Labels>;

  readonly #source = new Source(this, {
    language: () => this.#language(),
    hubChanged: () => {
      this.#news.follow(this.#source.hub);
      this.#calls.reset();
    },
    feedChanged: (before, now) => {
      this.#news.feedChanged(before, now);
      this.#calls.feedChanged(before, now);
    },
  });
  readonly #news = new News(this);
  readonly #calls = new Calls(this, this.#source, (error) => this.#tell('hubbub-error', { error }));
  readonly #list: List;
  #tab: Tab = 'all';
  readonly #unread = lastOf((all: FeedSnapshot['items']) => all.filter(({ unread }) => unread));

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
    // In this order: the panel has to be there before its rows can be measured.
    new Popup(this);
    this.#list = new List(this, {
      shown: () => this.#shown(),
      isFresh: (id) => this.#news.isFresh(id),
    });
    new Refuge(this, this.#list);
    new Paging(this, this.#list.viewport, {
      canLoad: () => this.#hasMore() && !this.#calls.moreFailed && this.#source.feed.status === 'ready',
      loadMore: () => this.#loadMore(),
    });
    new Attention(this, this.#source, {
      times: () => this.#list.rows.map(({ item }) => item.at),
      markSeen: () => this.#calls.run((feed) => feed.markSeen()),
    });
  }

  protected override render(): TemplateResult {
    const labels = this.#texts();
    const { announced } = this.#news;
    const arrived = announced ? labels.arrived(announced.count, announced.newest.action.text) : '';
    const live = html`<p class="quietly" aria-live="polite">${arrived}</p>`;
    if (this.layout === 'page') {
      return html`<section class="panel" part="panel" aria-labelledby="title" @click=${this.#click} @auxclick=${this.#click} @mousedown=${pointed} @keydown=${this.#key} @focusin=${this.#focus}>${panelTemplate(this.#view(), this.#deeds)}</section>${live}`;
    }
    const badge = badgeOf(this.#source.feed.counts);
    return html`<button type="button" class="bell" part="bell" aria-haspopup="dialog" aria-expanded=${this.open} aria-controls="panel" aria-label=${labels.open(badge)} @click=${this.#ring}>${bellIcon}${
      badge === null ? nothing : html`<span class="badge" part="badge" aria-hidden="true">${badge}</span>`
    }</button><div id="panel" class="panel" part="panel" popover="manual" role="dialog" aria-label=${labels.title} tabindex="-1" @click=${this.#click} @auxclick=${this.#click} @mousedown=${pointed} @keydown=${this.#key} @focusin=${this.#focus}>${this.open ? panelTemplate(this.#view(), this.#deeds) : nothing}</div>${live}`;
  }

  #texts(): Labels {
    return labelsWith(this.labels);
  }

  #language(): string | undefined {
    return knownLocale(this.locale ?? nearestLang(this));
  }

  /** Those of the chosen tab that are loaded; none while nobody can see them. */
  #shown(): readonly FeedItem[] {
    if (this.layout === 'bell' && !this.open) return [];
    const { items: all } = this.#source.feed;
    return this.#tab === 'all' ? all : this.#unread(all);
  }

  /** Whether loading brings more of what the tab shows: of unread items only as many as the hub counts. */
  #hasMore(): boolean {
    const { hasMore, counts, items: all } = this.#source.feed;
    if (!hasMore || this.#tab === 'all') return hasMore;
    return isCapped(counts) || counts.unread > this.#unread(all).length;
  }

  #view(): View {
    const { feed, connection, problem } = this.#source;
    return {
      labels: this.#texts(),
      locale: this.#language(),
      now: Date.now(),
      layout: this.layout,
      tab: this.#tab,
      feed,
      connection,
      tokenProblem: tokenProblem(problem),
      shown: this.#shown(),
      more: this.#hasMore(),
      moreFailed: this.#calls.moreFailed,
      markFailed: this.#calls.markFailed,
      rows: this.#list.rows,
      below: this.#list.below,
    };
  }

  readonly #deeds: Deeds = {
    select: (tab) => this.#select(tab),
    tabKey: (event) => {
      const next = tabAfter(event, this.#tab, getComputedStyle(this).direction === 'rtl');
      if (next === undefined) return;
      event.preventDefault();
      this.#select(next);
      this.renderRoot.querySelector<HTMLElement>(`#${next}`)?.focus();
    },
    readAll: () => {
      if (this.#source.feed.counts.unread > 0) void this.#calls.mark((feed) => feed.markAllRead());
    },
    close: () => {
      this.open = false;
    },
    more: () => {
      if (this.#source.feed.status !== 'loadingMore') void this.#loadMore();
    },
    retry: () => void this.#source.hub?.feed.refresh(),
    connect: () => this.#source.hub?.connection.retry(),
  };

  readonly #selecting: Selecting = {
    itemOf: (id) => this.#list.rows.find(({ item }) => item.id === id)?.item,
    announce: (item, url) => this.#tell('hubbub-select', { item, url }),
    selected: ({ id, unread }, leaves) => {
      if (unread) void this.#calls.mark((feed) => feed.markRead([id]));
      if (leaves && this.layout === 'bell') this.open = false;
    },
    toggle: ({ id, unread }) =>
      void this.#calls.mark((feed) => (unread ? feed.markRead([id]) : feed.markUnread([id]))),
  };

  readonly #ring = (): void => {
    this.open = !this.open;
  };
  readonly #click = (event: MouseEvent): void => clicked(event, this.#selecting);
  readonly #key = (event: KeyboardEvent): void => pressed(event, this.#list);
  readonly #focus = (event: FocusEvent): void => {
    const row = rowAt(event);
    if (row) this.#list.cameTo(row.dataset.id ?? '');
  };

  #select(tab: Tab): void {
    if (tab === this.#tab) return;
    this.#tab = tab;
    this.#list.reset();
    this.requestUpdate();
  }

  #loadMore(): Promise<void> {
    return this.#calls.loadMore(pages[this.#tab]);
  }

  #tell<Name extends keyof InboxEvents>(name: Name, detail: InboxEvents[Name]): boolean {
    const cancelable = name === 'hubbub-select';
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}
