import type { FeedItem } from '@hubbub/client';

/** The part of a mouse event that matters here: the browser's or a framework's. */
export interface ClickEvent {
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly button: number;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  preventDefault(): void;
}

/** Asks the page about a selection. Returns `false` if the page handles it. `url`: the link's address. */
export type Confirm = (item: FeedItem, url: string | undefined) => boolean;

export interface SelectionHandlers {
  itemOf(id: string): FeedItem | undefined;
  /** `isLeaving`: the link is followed in this page. */
  onSelect(item: FeedItem, isLeaving: boolean): void;
  onToggleRead(item: FeedItem): void;
  /** `button`: the id of a button that can be pressed. */
  onPress(item: FeedItem, button: string): void;
}

/** The inbox's own links: over the whole item, on its time, on names and in buttons. Replaced parts may have others. */
const ownLink = 'a[class^="hubbub-inbox__"]';
const control = 'a,button,input,select,textarea';

/** The target of an event, if it is the inbox's own. Slotted content belongs to the page. */
export function ownTarget({ target, currentTarget }: Pick<ClickEvent, 'target' | 'currentTarget'>) {
  const isOwn =
    target instanceof Element && currentTarget instanceof Element && currentTarget.contains(target);
  return isOwn ? target : null;
}

/** The row of an event's target. */
export function rowAt(event: Pick<ClickEvent, 'target' | 'currentTarget'>): HTMLElement | null {
  return ownTarget(event)?.closest<HTMLElement>('.hubbub-inbox__item') ?? null;
}

/** Whether the click opens a link elsewhere: in a new tab or window, or as a download. */
const opensElsewhere = ({ ctrlKey, metaKey, shiftKey, altKey, button }: ClickEvent): boolean =>
  ctrlKey || metaKey || shiftKey || altKey || button > 0;

/** Clicks of any button on items. The browser follows links, unless the page handles the selection. */
export class Selection {
  readonly #handlers: SelectionHandlers;
  /** Clicks that a replaced part passed to `select`, before they reached the root. */
  readonly #handled = new WeakSet<ClickEvent>();

  constructor(handlers: SelectionHandlers) {
    this.#handlers = handlers;
  }

  /** A click anywhere in the inbox. */
  click(event: ClickEvent, confirm: Confirm): void {
    const target = ownTarget(event);
    const row = rowAt(event);
    const item = row && this.#handlers.itemOf(row.dataset.id ?? '');
    if (!target || !item || event.button > 1 || this.#handled.has(event)) return;
    const link = target.closest(ownLink);
    const button = target.closest<HTMLElement>('button.hubbub-inbox__button');
    if (target.closest('.hubbub-inbox__mark')) {
      if (event.button === 0) this.#handlers.onToggleRead(item);
    } else if (button) {
      if (event.button === 0) this.#handlers.onPress(item, button.dataset.button ?? '');
    } else if (link) {
      this.select(item, link.getAttribute('href') ?? undefined, event, confirm);
    } else if (event.button === 0 && isOwn(row) && !target.closest(control)) {
      if (row.querySelector('.hubbub-inbox__link')) activate(row, event);
      else this.select(item, undefined, event, confirm);
    }
  }

  /** A click on the link of an item, or on an item without one. */
  select(item: FeedItem, url: string | undefined, event: ClickEvent, confirm: Confirm): void {
    this.#handled.add(event);
    const { onSelect } = this.#handlers;
    if (url !== undefined && opensElsewhere(event)) onSelect(item, false);
    else if (confirm(item, url)) onSelect(item, url !== undefined);
    else event.preventDefault();
  }
}

/** Whether the item has the standard content. */
const isOwn = (row: Element): boolean => row.querySelector(':scope > .hubbub-inbox__body') !== null;

/** Dispatches a click on the item's link, or on the item if it has none, with the same modifier keys. */
export function activate(
  row: Element,
  { ctrlKey, metaKey, shiftKey }: Pick<ClickEvent, 'ctrlKey' | 'metaKey' | 'shiftKey'>,
): void {
  const init = { bubbles: true, composed: true, cancelable: true, ctrlKey, metaKey, shiftKey };
  const target =
    row.querySelector('.hubbub-inbox__link') ??
    (isOwn(row) ? row : (row.querySelector('a[href]') ?? row.querySelector('a,button')));
  target?.dispatchEvent(new MouseEvent('click', init));
}
