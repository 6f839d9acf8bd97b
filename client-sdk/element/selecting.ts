import type { FeedItem } from '../../protocol/entities.ts';
import { linkOf } from '../ui/link.ts';
import type { List } from './list.ts';

/** What a click on an item means. */
export interface Selecting {
  itemOf(id: string): FeedItem | undefined;
  /** Says what was selected; `false`: the page takes care of it. */
  announce(item: FeedItem, url: string | undefined): boolean;
  /** By default: it is read. `leaves`: the page goes on to the link. */
  selected(item: FeedItem, leaves: boolean): void;
  toggle(item: FeedItem): void;
}

/** What an event is about, if that is the element's own: what stands in its slots is the page's. */
function ownTarget({ target, currentTarget }: Event): Element | null {
  const own = target instanceof Element && currentTarget instanceof Element && currentTarget.contains(target);
  return own ? target : null;
}

/** The item an event is about. */
export function rowAt(event: Event): HTMLElement | null {
  return ownTarget(event)?.closest<HTMLElement>('.item') ?? null;
}

/** Whether the browser does with a link something else than to follow it here: a new tab, a window, a download. */
const isElsewhere = ({ ctrlKey, metaKey, shiftKey, altKey, button }: MouseEvent): boolean =>
  ctrlKey || metaKey || shiftKey || altKey || button > 0;

/** A click of any button, anywhere in the list. Links are followed by the browser, unless the page says otherwise. */
export function clicked(event: MouseEvent, { itemOf, announce, selected, toggle }: Selecting): void {
  const target = ownTarget(event);
  const row = rowAt(event);
  const item = row && itemOf(row.dataset.id ?? '');
  if (!target || !item || event.button > 1) return;
  const link = target.closest('a');
  if (target.closest('.mark')) {
    if (event.button === 0) toggle(item);
  } else if (link && isElsewhere(event)) {
    selected(item, false);
  } else if (link) {
    if (announce(item, link.getAttribute('href') ?? undefined)) selected(item, true);
    else event.preventDefault();
  } else if (event.button === 0) {
    if (linkOf(item.action) !== undefined) activate(row, event);
    else if (announce(item, undefined)) selected(item, false);
  }
}

/** A click on the item's link, or where it has none on the item, with the same keys held. */
function activate(row: Element, { ctrlKey, metaKey, shiftKey }: MouseEvent | KeyboardEvent): void {
  const how = { bubbles: true, composed: true, cancelable: true, ctrlKey, metaKey, shiftKey };
  (row.querySelector('.go') ?? row).dispatchEvent(new MouseEvent('click', how));
}

/** Keys in the list, or on the box around it. Whatever stands in slots has its own. */
export function pressed(event: KeyboardEvent, list: List): void {
  const row = rowAt(event);
  const around = ownTarget(event)?.matches('.panel,.scroll');
  if (!row && !around) return;
  const { key } = event;
  if (key === 'Enter' && row && event.target === row) {
    activate(row, event);
  } else if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
    return;
  } else if (key === 'ArrowDown') list.go(row ? 1 : 'first');
  else if (key === 'ArrowUp' && row) list.go(-1);
  else if (key === 'Home') list.go('first');
  else if (key === 'End') list.go('last');
  else return;
  event.preventDefault();
}

/** The link that covers an item must not take the focus from it. */
export function pointed(event: MouseEvent): void {
  if (event.button !== 0 || !ownTarget(event)?.closest('.go')) return;
  event.preventDefault();
  rowAt(event)?.focus({ preventScroll: true });
}
