import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Action } from '../../protocol/entities.ts';
import { hueOf, hues, initials } from '../ui/face.ts';
import { linkOf, safeLink } from '../ui/link.ts';
import { nameOf, piecesOf } from '../ui/sentence.ts';
import { ago, exactly } from '../ui/time.ts';
import type { Row, View } from './view.ts';

/** A picture that does not come leaves what is drawn below it. */
const shownAs = (hidden: boolean) => (event: Event) => {
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.hidden = hidden;
};
const loaded = shownAs(false);
const missing = shownAs(true);

function faceTemplate({ actor, targets }: Action): TemplateResult {
  const who = actor ?? targets[0];
  const name = who ? nameOf(who) : '';
  const picture = actor && !('deleted' in actor) ? safeLink(actor.image) : undefined;
  const hue = who ? (hueOf(`${who.type}:${who.id}`) * 360) / hues : 0;
  return html`<span class="face" part="avatar" aria-hidden="true" .style=${`--h:${hue}`}>${initials(name)}${
    picture
      ? html`<img src=${picture} alt="" decoding="async" referrerpolicy="no-referrer" @load=${loaded} @error=${missing}>`
      : nothing
  }</span>`;
}

function sentenceTemplate(action: Action, tabindex: string): TemplateResult {
  return html`<p class="text" part="text" dir="auto">${piecesOf(action).map(({ text, ref, link }) => {
    if (!ref) return text;
    if (link === undefined) return html`<bdi class="name" part="name">${text}</bdi>`;
    return html`<a class="name" part="name link" href=${link} tabindex=${tabindex} dir="auto">${text}</a>`;
  })}</p>`;
}

function rowTemplate(row: Row, { labels, locale, now, more, shown }: View): TemplateResult {
  const { item, index, gap, stop, fresh } = row;
  const { action, unread, id, at } = item;
  const tabindex = stop ? '0' : '-1';
  const time = ago(at, { locale, now });
  const address = linkOf(action);
  const when = html`<time part="time" dir="auto" datetime=${at} title=${exactly(at, { locale })}>${time}</time>`;
  // The whole item is a link as links are, with the mouse's other buttons and all. For the keyboard the item itself is, for
  // screen readers its time as well: they would meet the same once more.
  return html`<article part=${unread ? 'item item-unread' : 'item'} class=${`item${unread ? ' unread' : ''}${fresh ? ' fresh' : ''}`}
    data-id=${id} tabindex=${tabindex} aria-posinset=${index + 1} aria-setsize=${more ? -1 : shown.length}
    aria-label=${`${unread ? labels.isUnread : ''}${action.text}. ${time}`} .style=${gap ? `margin-top:${gap}px` : ''}
  >${address ? html`<a class="go all" href=${address} tabindex="-1" aria-hidden="true"></a>` : nothing}${faceTemplate(action)}<div class="body">${sentenceTemplate(action, tabindex)}<p class="meta">${address ? html`<a class="go when" href=${address} tabindex="-1">${when}</a>` : when}${
    action.count > 1
      ? html`<span class="count" part="count"><bdi>${labels.count(action.count)}</bdi></span>`
      : nothing
  }</p></div><button type="button" class="mark" part="mark" tabindex=${tabindex} aria-label=${unread ? labels.markRead : labels.markUnread} title=${unread ? labels.markRead : labels.markUnread}><span class="dot" part="dot"></span></button></article>`;
}

/** The items that are in the document, each keyed, so that focus and pictures stay with them. */
export function listTemplate(view: View): TemplateResult {
  return html`<div class="list" part="list" role="feed" aria-label=${view.labels.title} aria-busy=${view.feed.status === 'loading' || view.feed.status === 'loadingMore'} .style=${`padding-bottom:${view.below}px`}>${repeat(
    view.rows,
    (row) => row.item.id,
    (row) => rowTemplate(row, view),
  )}</div>`;
}
