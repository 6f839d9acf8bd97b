import type { FeedItem } from '../../protocol/entities.ts';
import { linkOf } from '../ui/link.ts';
import type { List } from './list.ts';

/** The effects of a click on an item. */
export interface SelectionHandlers {
  itemOf(id: string): FeedItem | undefined;
  /** Dispatches the select event. Returns `false` if the page canceled it. */
  dispatchSelect(item: FeedItem, url: string | undefined): boolean;
  /** The default action: marks the item read. `navigates`: the link is followed in this page. */
  onSelected(item: FeedItem, navigates: boolean): void;
  toggleRead(item: FeedItem): void;
}

/** The target of an event, if it is in the shadow root. Slotted content belongs to the page. */
function ownTarget({ target, currentTarget }: Event): Element | null {
  const isOwn =
    target instanceof Element && currentTarget instanceof Element && currentTarget.contains(target);
  return isOwn ? target : null;
}

/** The row of an event's target. */
export function rowAt(event: Event): HTMLElement | null {
  return ownTarget(event)?.closest<HTMLElement>('.item') ?? null;
}

/** Whether the click opens a link elsewhere: in a new tab or window, or as a download. */
const opensElsewhere = ({ ctrlKey, metaKey, shiftKey, altKey, button }: MouseEvent): boolean =>
  ctrlKey || metaKey || shiftKey || altKey || button > 0;

/** Handles clicks of any button in the list. The browser follows links, unless the page cancels the event. */
export function handleClick(
  event: MouseEvent,
  { itemOf, dispatchSelect, onSelected, toggleRead }: SelectionHandlers,
): void {
  const target = ownTarget(event);
  const row = rowAt(event);
  const item = row && itemOf(row.dataset.id ?? '');
  if (!target || !item || event.button > 1) return;
  const link = target.closest('a');
  if (target.closest('.mark')) {
    if (event.button === 0) toggleRead(item);
  } else if (link && opensElsewhere(event)) {
    onSelected(item, false);
  } else if (link) {
    if (dispatchSelect(item, link.getAttribute('href') ?? undefined)) onSelected(item, true);
    else event.preventDefault();
  } else if (event.button === 0) {
    if (linkOf(item.action) !== undefined) activate(row, event);
    else if (dispatchSelect(item, undefined)) onSelected(item, false);
  }
}

/** Dispatches a click on the item's link, or on the item if it has none, with the same modifier keys. */
function activate(row: Element, { ctrlKey, metaKey, shiftKey }: MouseEvent | KeyboardEvent): void {
  const init = { bubbles: true, composed: true, cancelable: true, ctrlKey, metaKey, shiftKey };
  (row.querySelector('.go') ?? row).dispatchEvent(new MouseEvent('click', init));
}

/** Handles keys in the list and its container, but not in slotted content. */
export function handleKeydown(event: KeyboardEvent, list: List): void {
  const row = rowAt(event);
  const isOnPanel = ownTarget(event)?.matches('.panel,.scroll');
  if (!row && !isOnPanel) return;
  const { key } = event;
  if (key === 'Enter' && row && event.target === row) {
    activate(row, event);
  } else if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
    return;
  } else if (key === 'ArrowDown') list.moveFocus(row ? 1 : 'first');
  else if (key === 'ArrowUp' && row) list.moveFocus(-1);
  else if (key === 'Home') list.moveFocus('first');
  else if (key === 'End') list.moveFocus('last');
  else return;
  event.preventDefault();
}

/** Prevents the covering link from taking the focus from its item. */
export function handleMousedown(event: MouseEvent): void {
  if (event.button !== 0 || !ownTarget(event)?.closest('.go')) return;
  event.preventDefault();
  rowAt(event)?.focus({ preventScroll: true });
}
