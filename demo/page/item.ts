/** One item of the inbox as an element. */
import type { FeedItem, Ref } from '@hubbub/client';
import { safeLink } from '../../client-sdk/ui/link.ts';
import { piecesOf } from '../../client-sdk/ui/sentence.ts';
import { ago, exactly } from '../../client-sdk/ui/time.ts';
import { avatar } from './avatar.ts';
import { make } from './dom.ts';

export interface ItemHandlers {
  mark(item: FeedItem, read: boolean): void;
}

export function itemElement(item: FeedItem, handlers: ItemHandlers): HTMLLIElement {
  const { action } = item;
  const element = make('li', { class: 'item', 'data-id': item.id }, [
    avatar(action.actor),
    make('div', { class: 'item-body' }, [sentence(item), ...quotes(item), details(item)]),
    markButton(item, handlers),
  ]);
  element.classList.toggle('unread', item.unread);
  return element;
}

/** Times grow older by themselves. */
export function ageTimes(within: ParentNode): void {
  for (const time of within.querySelectorAll('time')) time.textContent = ago(time.dateTime);
}

function sentence({ action, unread }: FeedItem): HTMLElement {
  const pieces = piecesOf(action).map(({ text, ref, role }) =>
    ref && role ? nameElement(text, ref, role) : text,
  );
  const dot = make('span', { class: 'dot' }, [make('span', { class: 'hidden', text: 'Unread: ' })]);
  return make('p', { class: 'sentence' }, unread ? [dot, ...pieces] : pieces);
}

function nameElement(text: string, ref: Ref, role: string): HTMLElement {
  const href = safeLink(ref.url);
  const title = `${ref.type} ${ref.id}`;
  if (href === undefined) return make('span', { class: `name ${role}`, title, text });
  return make('a', {
    class: `name ${role}`,
    href,
    title,
    text,
    target: '_blank',
    rel: 'noopener noreferrer',
  });
}

/** What was said, where the action carries it. */
function quotes({ action }: FeedItem): HTMLElement[] {
  const quoted = action.data.subject ?? action.data.excerpt ?? action.data.note;
  return typeof quoted === 'string' && quoted !== '' ? [make('p', { class: 'quote', text: quoted })] : [];
}

function details({ action, at }: FeedItem): HTMLElement {
  const time = make('time', { datetime: at, title: exactly(at), text: ago(at) });
  const more = action.count > 1 ? [make('span', { text: `${action.count} actions` })] : [];
  return make('p', { class: 'details' }, [time, ...more]);
}

function markButton(item: FeedItem, handlers: ItemHandlers): HTMLElement {
  const read = item.unread;
  const button = make('button', {
    type: 'button',
    class: 'quiet mark-button',
    text: read ? 'Mark read' : 'Mark unread',
    'aria-label': `${read ? 'Mark read' : 'Mark unread'}: ${item.action.text}`,
  });
  button.addEventListener('click', () => handlers.mark(item, read));
  return button;
}
