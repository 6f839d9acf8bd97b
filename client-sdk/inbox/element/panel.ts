import { html, nothing, type TemplateResult } from 'lit';
import { failureText } from '../engine/content.ts';
import type { InboxEngine } from '../engine/engine.ts';
import type { Labels } from '../engine/labels.ts';
import { type InboxTab, type InboxView, inboxTabs } from '../engine/view.ts';
import { icon } from './icon.ts';

export interface PanelContext {
  engine: InboxEngine;
  view: InboxView;
  labels: Labels;
  locale: string | undefined;
  layout: 'bell' | 'page';
}

type Optional = TemplateResult | typeof nothing;

function headerTemplate({ engine, view, labels, layout }: PanelContext): TemplateResult {
  return html`<div class="hubbub-inbox__header"><div class="hubbub-inbox__words"><h2 class="hubbub-inbox__title" id="title" part="title">${labels.title}</h2><slot name="header"></slot><button type="button" class="hubbub-inbox__mark-all" part="button mark-all" aria-disabled=${view.badge === null} @click=${engine.markAllRead}>${labels.markAllRead}</button></div>${
    layout === 'page'
      ? nothing
      : html`<button type="button" class="hubbub-inbox__close" part="button close" aria-label=${labels.close} @click=${() => engine.setOpen(false)}>${icon('close')}</button>`
  }</div>`;
}

function tabTemplate(tab: InboxTab, { engine, view, labels }: PanelContext): TemplateResult {
  const isSelected = view.tab === tab;
  const badge = tab === 'unread' ? view.badge : null;
  return html`<button type="button" class="hubbub-inbox__tab" role="tab" id=${tab} data-tab=${tab} part=${isSelected ? 'tab tab-selected' : 'tab'} aria-selected=${isSelected} aria-controls="items" tabindex=${isSelected ? 0 : -1} @click=${() => engine.selectTab(tab)}>${labels[tab]}${badge === null ? nothing : html` <span class="hubbub-inbox__tab-count">${badge}</span>`}</button>`;
}

const retryTemplate = ({ retry }: Labels, onClick: () => void): TemplateResult =>
  html`<button type="button" class="hubbub-inbox__retry" part="button retry" @click=${onClick}>${retry}</button>`;

/** A line above the items: why nothing new arrives. */
function offlineTemplate({ engine, view: { disconnection }, labels }: PanelContext): Optional {
  if (!disconnection) return nothing;
  const { connection, problem } = disconnection;
  return html`<div class="hubbub-inbox__offline" part="notice">${icon('alert')}<p class="hubbub-inbox__offline-text">${problem ? labels.signInFailed : labels[connection]}</p>${
    problem && problem.retryAt !== null ? retryTemplate(labels, engine.reconnect) : nothing
  }</div>`;
}

/** A line above the items: what failed. */
function errorTemplate({ view: { problem }, labels }: PanelContext): Optional {
  if (!problem) return nothing;
  return html`<div class="hubbub-inbox__error" part="notice error" role="alert">${icon('alert')}<p class="hubbub-inbox__error-text" dir="auto">${failureText(problem.error, labels)}</p>${problem.retry ? retryTemplate(labels, problem.retry) : nothing}</div>`;
}

const skeletons = [0, 1, 2, 3].map(() => html`<div class="hubbub-inbox__skeleton" part="skeleton"></div>`);

function loadingTemplate({ view, labels }: PanelContext): TemplateResult {
  return html`<div class="hubbub-inbox__loading"><span class="hubbub-inbox__hidden">${view.connection === 'connecting' ? labels.connecting : labels.loading}</span>${skeletons}</div>`;
}

function emptyTemplate({ view: { tab }, labels }: PanelContext): TemplateResult {
  const isUnread = tab === 'unread';
  return html`<slot name="empty"><div class="hubbub-inbox__empty" part="empty">${icon('tray')}<p class="hubbub-inbox__empty-title">${isUnread ? labels.emptyUnread : labels.empty}</p>${
    isUnread ? nothing : html`<p class="hubbub-inbox__empty-hint">${labels.emptyHint}</p>`
  }</div></slot>`;
}

/** Always the same button, so that it keeps the focus after a click. */
function endTemplate({ engine, view: { end }, labels }: PanelContext): Optional {
  if (!end) return nothing;
  const { isLoading, error } = end;
  return html`<div class="hubbub-inbox__end" part="more">${
    error ? html`<p class="hubbub-inbox__end-error" role="alert">${labels.failed}</p>` : nothing
  }<button type="button" class="hubbub-inbox__load-more" part="button load-more" aria-disabled=${isLoading} @click=${engine.loadMore}>${isLoading ? labels.loading : error ? labels.retry : labels.loadMore}</button></div>`;
}

/** The inbox without the bell: the content of the panel, or of the page. */
export function panelTemplate(context: PanelContext): TemplateResult {
  const { view, labels } = context;
  return html`<div class="hubbub-inbox__top" part="header">${headerTemplate(context)}<div class="hubbub-inbox__tabs" role="tablist" part="tabs" aria-label=${labels.title}>${inboxTabs.map((tab) => tabTemplate(tab, context))}</div></div><div role="status">${offlineTemplate(context)}</div>${errorTemplate(context)}<div class="hubbub-inbox__items" part="body" role="tabpanel" id="items" aria-labelledby=${view.tab} tabindex="-1">${
    view.rows.length > 0
      ? html`<div class="hubbub-inbox__list" part="list" role="feed" aria-label=${labels.title} aria-busy=${view.isBusy} .style=${`padding-bottom:${view.spaceBelow}px`}></div>`
      : nothing
  }${view.isLoading ? loadingTemplate(context) : nothing}${view.isEmpty ? emptyTemplate(context) : nothing}${endTemplate(context)}</div><slot name="footer"></slot>`;
}
