import type { Action, FeedItem } from '@hubbub/client';
import { html, nothing, type TemplateResult } from 'lit';
import { avatarOf } from '../engine/avatar.ts';
import { buttonClass, buttonsOf, type ItemButton, shownLevelOf } from '../engine/content.ts';
import type { Labels } from '../engine/labels.ts';
import { linkOf } from '../engine/link.ts';
import { splitSentence } from '../engine/sentence.ts';
import { formatExact } from '../engine/time.ts';
import { icon } from './icon.ts';
import type { PanelContext } from './panel.ts';

/** If a picture fails to load, it is hidden, and the initials below it show. */
const setHidden = (hidden: boolean) => (event: Event) => {
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.hidden = hidden;
};
const showImage = setHidden(false);
const hideImage = setHidden(true);

function avatarTemplate({ actor, targets }: Action): TemplateResult {
  const { initials, hue, picture } = avatarOf(actor ?? targets[0]);
  return html`<span class="hubbub-inbox__avatar" part="avatar" aria-hidden="true" .style=${`--_hue:${hue}`}>${initials}${
    picture
      ? html`<img class="hubbub-inbox__picture" src=${picture} alt="" decoding="async" referrerpolicy="no-referrer" @load=${showImage} @error=${hideImage}>`
      : nothing
  }</span>`;
}

function sentenceTemplate(action: Action, tabindex: string): TemplateResult {
  return html`<span class="hubbub-inbox__sentence" part="text" dir="auto">${splitSentence(action).map(
    ({ text, role, link }) => {
      if (!role) return text;
      const className = `hubbub-inbox__name hubbub-inbox__name--${role}`;
      if (link === undefined) return html`<bdi class=${className} part="name">${text}</bdi>`;
      return html`<a class=${className} part="name link" href=${link} tabindex=${tabindex} dir="auto">${text}</a>`;
    },
  )}</span>`;
}

function levelTemplate(action: Action, labels: Labels): TemplateResult | typeof nothing {
  const level = shownLevelOf(action);
  if (!level) return nothing;
  return html`<span class="hubbub-inbox__level" part="level">${icon(level === 'error' ? 'alert' : 'warning')}<span class="hubbub-inbox__hidden">${labels[level]}</span></span>`;
}

function buttonTemplate({ id, label, style, link, isPressed, isDisabled }: ItemButton, tabindex: string) {
  const className = buttonClass(style);
  const part = ['button item-button', ...(style ? [style] : []), ...(isPressed ? ['pressed'] : [])].join(' ');
  if (link !== undefined)
    return html`<a class=${className} part=${part} href=${link} tabindex=${tabindex} dir="auto">${label}</a>`;
  return html`<button type="button" class=${className} part=${part} data-button=${id} tabindex=${tabindex} dir="auto" aria-pressed=${isPressed ? 'true' : nothing} aria-disabled=${isDisabled ? 'true' : nothing}>${label}</button>`;
}

/** The content of an article. `tabindex` is that of its controls. */
export function itemTemplate(
  item: FeedItem,
  { time, tabindex }: { time: string; tabindex: string },
  { labels, locale }: PanelContext,
): TemplateResult {
  const { action, unread, at } = item;
  const href = linkOf(action);
  const mark = unread ? labels.markRead : labels.markUnread;
  const buttons = buttonsOf(item);
  const timeElement = html`<time class="hubbub-inbox__time" part="time" dir="auto" datetime=${at} title=${formatExact(at, { locale })}>${time}</time>`;
  // The link covers the whole item, so that all mouse buttons work as on any link. Keyboard users activate the item
  // itself, and screen readers find the link on its time, so the covering link is hidden from both.
  return html`${href ? html`<a class="hubbub-inbox__link" href=${href} tabindex="-1" aria-hidden="true"></a>` : nothing}${avatarTemplate(action)}<div class="hubbub-inbox__body">${levelTemplate(action, labels)}${sentenceTemplate(action, tabindex)}${
    action.body
      ? html`<p class="hubbub-inbox__excerpt" part="excerpt" dir="auto">${action.body}</p>`
      : nothing
  }<span class="hubbub-inbox__details">${href ? html`<a class="hubbub-inbox__when" href=${href} tabindex="-1">${timeElement}</a>` : timeElement}${
    action.count > 1
      ? html`<span class="hubbub-inbox__count" part="count"><bdi>${labels.count(action.count)}</bdi></span>`
      : nothing
  }</span>${
    buttons.length > 0
      ? html`<div class="hubbub-inbox__buttons" part="buttons" role="group" aria-label=${action.text}>${buttons.map((button) => buttonTemplate(button, tabindex))}</div>`
      : nothing
  }</div><button type="button" class="hubbub-inbox__mark" part="mark" tabindex=${tabindex} aria-label=${`${mark}: ${action.text}`} title=${mark}><span class="hubbub-inbox__dot" part="dot"></span></button>`;
}
