import { html, nothing, type TemplateResult } from 'lit';
import { badgeOf } from '../ui/badge.ts';
import { alertIcon, closeIcon, trayIcon } from './icons.ts';
import { listTemplate } from './item.ts';
import { type Deeds, type Tab, tabs, type View } from './view.ts';

const ghosts = [0, 1, 2, 3, 4].map(
  () => html`<div class="ghost" part="skeleton"><i></i><div><i></i><i></i></div></div>`,
);

function tabTemplate(tab: Tab, view: View, deeds: Deeds): TemplateResult {
  const chosen = view.tab === tab;
  const badge = tab === 'unread' ? badgeOf(view.feed.counts) : null;
  return html`<button type="button" role="tab" id=${tab} part=${chosen ? 'tab tab-selected' : 'tab'} aria-selected=${chosen} aria-controls="items" tabindex=${chosen ? 0 : -1} @click=${() => deeds.select(tab)}>${view.labels[tab]}${badge === null ? nothing : html` <span class="pill">${badge}</span>`}</button>`;
}

function headTemplate(view: View, deeds: Deeds): TemplateResult {
  const { labels, layout, feed } = view;
  return html`<div part="header"><div class="top"><div class="words"><h2 id="title" part="title">${labels.title}</h2><slot name="header"></slot><button type="button" class="quiet" part="button mark-all" aria-disabled=${feed.counts.unread === 0} @click=${deeds.readAll}>${labels.markAllRead}</button></div>${
    layout === 'bell'
      ? html`<button type="button" class="icon" part="button close" aria-label=${labels.close} @click=${deeds.close}>${closeIcon}</button>`
      : nothing
  }</div><div role="tablist" part="tabs" aria-label=${labels.title} @keydown=${deeds.tabKey}>${tabs.map((tab) => tabTemplate(tab, view, deeds))}</div></div>`;
}

/** What is wrong, if anything, on a line of its own above what is there nevertheless. */
function noticeTemplate(view: View, deeds: Deeds): TemplateResult | typeof nothing {
  const { labels, feed, connection, shown, tokenProblem } = view;
  const failed = feed.status === 'error' && !view.moreFailed;
  if (tokenProblem) {
    const again = tokenProblem.retryAt === null ? nothing : retryTemplate(view, deeds.connect);
    return line('bad', labels.signInFailed, again);
  }
  if (connection === 'expired') return line('warn', labels.expired);
  if (connection === 'offline') return line('warn', labels.offline);
  if (failed && shown.length > 0) return line('bad', labels.failed, retryTemplate(view, deeds.retry));
  if (view.markFailed) return line('bad', labels.failed);
  if (connection === 'connecting' && shown.length > 0) return line('warn', labels.connecting);
  return nothing;
}

const line = (kind: 'warn' | 'bad', text: string, button: unknown = nothing): TemplateResult =>
  html`<div class=${`notice ${kind}`} part="notice">${alertIcon}<p>${text}</p>${button}</div>`;

const retryTemplate = ({ labels }: View, retry: () => void): TemplateResult =>
  html`<button type="button" class="solid" part="button retry" @click=${retry}>${labels.retry}</button>`;

/** What stands in place of items where there are none. */
function insteadTemplate(view: View, deeds: Deeds): TemplateResult | typeof nothing {
  const { labels, feed, connection, tab, more } = view;
  // The notice says why.
  if (view.tokenProblem) return nothing;
  if (feed.status === 'error') {
    if (connection === 'offline' || connection === 'expired') return nothing;
    return html`<div class="instead bad" part="error">${alertIcon}<p class="lead">${labels.failed}</p>${retryTemplate(view, deeds.retry)}</div>`;
  }
  const waiting =
    feed.status === 'idle' || feed.status === 'loading' || (more && feed.status === 'loadingMore');
  if (waiting) {
    if (connection === 'expired') return nothing;
    return html`<p class="quietly">${connection === 'connecting' ? labels.connecting : labels.loading}</p>${ghosts}`;
  }
  if (more) return nothing;
  const [lead, hint] = tab === 'unread' ? [labels.emptyUnread, ''] : [labels.empty, labels.emptyHint];
  return html`<div class="instead" part="empty"><slot name="empty">${trayIcon}<p class="lead">${lead}</p>${hint ? html`<p>${hint}</p>` : nothing}</slot></div>`;
}

function moreTemplate({ labels, feed, moreFailed, shown }: View, { more }: Deeds): TemplateResult {
  const loading = feed.status === 'loadingMore';
  return html`<div class="more" part="more">${
    loading && shown.length === 0
      ? nothing
      : html`<button type="button" class="quiet" part="button load-more" aria-disabled=${loading} @click=${more}>${loading ? labels.loading : moreFailed ? labels.retry : labels.loadMore}</button>`
  }</div>`;
}

/** The inbox itself: what the bell opens, or what stands in the page. */
export function panelTemplate(view: View, deeds: Deeds): TemplateResult {
  return html`${headTemplate(view, deeds)}<div role="status">${noticeTemplate(view, deeds)}</div><div class="scroll" part="body" role="tabpanel" id="items" aria-labelledby=${view.tab} tabindex="-1">${
    view.shown.length > 0 ? listTemplate(view) : insteadTemplate(view, deeds)
  }${view.more ? moreTemplate(view, deeds) : nothing}</div><slot name="footer"></slot>`;
}
