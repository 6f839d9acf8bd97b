import { html, nothing, type TemplateResult } from 'lit';
import { badgeOf } from '../ui/badge.ts';
import { alertIcon, closeIcon, trayIcon } from './icons.ts';
import { listTemplate } from './item.ts';
import { type InboxActions, type Tab, tabs, type View } from './view.ts';

const skeletons = [0, 1, 2, 3, 4].map(
  () => html`<div class="ghost" part="skeleton"><i></i><div><i></i><i></i></div></div>`,
);

function tabTemplate(tab: Tab, view: View, actions: InboxActions): TemplateResult {
  const isSelected = view.tab === tab;
  const badge = tab === 'unread' ? badgeOf(view.feed.counts) : null;
  return html`<button type="button" role="tab" id=${tab} part=${isSelected ? 'tab tab-selected' : 'tab'} aria-selected=${isSelected} aria-controls="items" tabindex=${isSelected ? 0 : -1} @click=${() => actions.selectTab(tab)}>${view.labels[tab]}${badge === null ? nothing : html` <span class="pill">${badge}</span>`}</button>`;
}

function headerTemplate(view: View, actions: InboxActions): TemplateResult {
  const { labels, layout, feed } = view;
  return html`<div part="header"><div class="top"><div class="words"><h2 id="title" part="title">${labels.title}</h2><slot name="header"></slot><button type="button" class="quiet" part="button mark-all" aria-disabled=${feed.counts.unread === 0} @click=${actions.markAllRead}>${labels.markAllRead}</button></div>${
    layout === 'bell'
      ? html`<button type="button" class="icon" part="button close" aria-label=${labels.close} @click=${actions.close}>${closeIcon}</button>`
      : nothing
  }</div><div role="tablist" part="tabs" aria-label=${labels.title} @keydown=${actions.tabKey}>${tabs.map((tab) => tabTemplate(tab, view, actions))}</div></div>`;
}

/** A line above the items that shows the current problem, if any. */
function noticeTemplate(view: View, actions: InboxActions): TemplateResult | typeof nothing {
  const { labels, feed, connection, visibleItems, tokenProblem } = view;
  const failed = feed.status === 'error' && !view.loadMoreFailed;
  if (tokenProblem) {
    const retryButton = tokenProblem.retryAt === null ? nothing : retryTemplate(view, actions.reconnect);
    return noticeLine('bad', labels.signInFailed, retryButton);
  }
  if (connection === 'expired') return noticeLine('warn', labels.expired);
  if (connection === 'offline') return noticeLine('warn', labels.offline);
  if (failed && visibleItems.length > 0)
    return noticeLine('bad', labels.failed, retryTemplate(view, actions.retry));
  if (view.markFailed) return noticeLine('bad', labels.failed);
  if (connection === 'connecting' && visibleItems.length > 0) return noticeLine('warn', labels.connecting);
  return nothing;
}

const noticeLine = (kind: 'warn' | 'bad', text: string, button: unknown = nothing): TemplateResult =>
  html`<div class=${`notice ${kind}`} part="notice">${alertIcon}<p>${text}</p>${button}</div>`;

const retryTemplate = ({ labels }: View, retry: () => void): TemplateResult =>
  html`<button type="button" class="solid" part="button retry" @click=${retry}>${labels.retry}</button>`;

/** Shown in place of the list if there are no items. */
function placeholderTemplate(view: View, actions: InboxActions): TemplateResult | typeof nothing {
  const { labels, feed, connection, tab, hasMore } = view;
  // The notice shows the reason.
  if (view.tokenProblem) return nothing;
  if (feed.status === 'error') {
    if (connection === 'offline' || connection === 'expired') return nothing;
    return html`<div class="instead bad" part="error">${alertIcon}<p class="lead">${labels.failed}</p>${retryTemplate(view, actions.retry)}</div>`;
  }
  const isLoading =
    feed.status === 'idle' || feed.status === 'loading' || (hasMore && feed.status === 'loadingMore');
  if (isLoading) {
    if (connection === 'expired') return nothing;
    return html`<p class="quietly">${connection === 'connecting' ? labels.connecting : labels.loading}</p>${skeletons}`;
  }
  if (hasMore) return nothing;
  const [lead, hint] = tab === 'unread' ? [labels.emptyUnread, ''] : [labels.empty, labels.emptyHint];
  return html`<div class="instead" part="empty"><slot name="empty">${trayIcon}<p class="lead">${lead}</p>${hint ? html`<p>${hint}</p>` : nothing}</slot></div>`;
}

function loadMoreTemplate(
  { labels, feed, loadMoreFailed, visibleItems }: View,
  { loadMore }: InboxActions,
): TemplateResult {
  const loading = feed.status === 'loadingMore';
  return html`<div class="more" part="more">${
    loading && visibleItems.length === 0
      ? nothing
      : html`<button type="button" class="quiet" part="button load-more" aria-disabled=${loading} @click=${loadMore}>${loading ? labels.loading : loadMoreFailed ? labels.retry : labels.loadMore}</button>`
  }</div>`;
}

/** The inbox without the bell: the content of the panel, or of the page. */
export function panelTemplate(view: View, actions: InboxActions): TemplateResult {
  return html`${headerTemplate(view, actions)}<div role="status">${noticeTemplate(view, actions)}</div><div class="scroll" part="body" role="tabpanel" id="items" aria-labelledby=${view.tab} tabindex="-1">${
    view.visibleItems.length > 0 ? listTemplate(view) : placeholderTemplate(view, actions)
  }${view.hasMore ? loadMoreTemplate(view, actions) : nothing}</div><slot name="footer"></slot>`;
}
