import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Action } from '../../protocol/entities.ts';
import { hueOf, hues, initials } from '../ui/avatar.ts';
import { linkOf, safeLink } from '../ui/link.ts';
import { nameOf, splitSentence } from '../ui/sentence.ts';
import { formatExact, formatRelative } from '../ui/time.ts';
import type { Row, View } from './view.ts';

/** If a picture fails to load, it is hidden, and the initials below it show. */
const setHidden = (hidden: boolean) => (event: Event) => {
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.hidden = hidden;
};
const showImage = setHidden(false);
const hideImage = setHidden(true);

function avatarTemplate({ actor, targets }: Action): TemplateResult {
  const subject = actor ?? targets[0];
  const name = subject ? nameOf(subject) : '';
  const picture = actor && !('deleted' in actor) ? safeLink(actor.image) : undefined;
  const hue = subject ? (hueOf(`${subject.type}:${subject.id}`) * 360) / hues : 0;
  return html`<span class="face" part="avatar" aria-hidden="true" .style=${`--h:${hue}`}>${initials(name)}${
    picture
      ? html`<img src=${picture} alt="" decoding="async" referrerpolicy="no-referrer" @load=${showImage} @error=${hideImage}>`
      : nothing
  }</span>`;
}

function sentenceTemplate(action: Action, tabindex: string): TemplateResult {
  return html`<p class="text" part="text" dir="auto">${splitSentence(action).map(({ text, ref, link }) => {
    if (!ref) return text;
    if (link === undefined) return html`<bdi class="name" part="name">${text}</bdi>`;
    return html`<a class="name" part="name link" href=${link} tabindex=${tabindex} dir="auto">${text}</a>`;
  })}</p>`;
}

function rowTemplate(row: Row, { labels, locale, now, hasMore, visibleItems }: View): TemplateResult {
  const { item, index, gap, isTabStop, isFresh } = row;
  const { action, unread, id, at } = item;
  const tabindex = isTabStop ? '0' : '-1';
  const time = formatRelative(at, { locale, now });
  const href = linkOf(action);
  const timeElement = html`<time part="time" dir="auto" datetime=${at} title=${formatExact(at, { locale })}>${time}</time>`;
  // The link covers the whole item, so that all mouse buttons work as on any link. Keyboard users activate the item
  // itself, and screen readers find the link on its time, so the covering link is hidden from both.
  return html`<article part=${unread ? 'item item-unread' : 'item'} class=${`item${unread ? ' unread' : ''}${isFresh ? ' fresh' : ''}`}
    data-id=${id} tabindex=${tabindex} aria-posinset=${index + 1} aria-setsize=${hasMore ? -1 : visibleItems.length}
    aria-label=${`${unread ? labels.isUnread : ''}${action.text}. ${time}`} .style=${gap ? `margin-top:${gap}px` : ''}
  >${href ? html`<a class="go all" href=${href} tabindex="-1" aria-hidden="true"></a>` : nothing}${avatarTemplate(action)}<div class="body">${sentenceTemplate(action, tabindex)}<p class="meta">${href ? html`<a class="go when" href=${href} tabindex="-1">${timeElement}</a>` : timeElement}${
    action.count > 1
      ? html`<span class="count" part="count"><bdi>${labels.count(action.count)}</bdi></span>`
      : nothing
  }</p></div><button type="button" class="mark" part="mark" tabindex=${tabindex} aria-label=${unread ? labels.markRead : labels.markUnread} title=${unread ? labels.markRead : labels.markUnread}><span class="dot" part="dot"></span></button></article>`;
}

/** The rendered items, keyed, so that focus and pictures stay with their item. */
export function listTemplate(view: View): TemplateResult {
  return html`<div class="list" part="list" role="feed" aria-label=${view.labels.title} aria-busy=${view.feed.status === 'loading' || view.feed.status === 'loadingMore'} .style=${`padding-bottom:${view.spaceBelow}px`}>${repeat(
    view.rows,
    (row) => row.item.id,
    (row) => rowTemplate(row, view),
  )}</div>`;
}
