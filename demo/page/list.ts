/** The list of items on the page: changes only what changed, so that focus and reading place stay. */
import type { FeedItem } from '@hubbub/client';
import { ageTimes, type ItemHandlers, itemElement } from './item.ts';

interface Shown {
  item: FeedItem;
  element: HTMLLIElement;
}

export class ItemList {
  readonly #list: HTMLElement;
  readonly #handlers: ItemHandlers;
  #shown = new Map<string, Shown>();

  constructor(list: HTMLElement, handlers: ItemHandlers) {
    this.#list = list;
    this.#handlers = handlers;
  }

  /** Shows exactly these, in this order; with `arriving`, new ones at the top are set off for a moment. */
  show(items: readonly FeedItem[], arriving: boolean): void {
    const focused = this.#focusedId();
    const next = new Map<string, Shown>();
    let place = this.#list.firstElementChild;
    for (const item of items) {
      const shown = this.#elementOf(item, arriving);
      next.set(item.id, shown);
      if (shown.element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(shown.element, place);
    }
    for (const [id, { element }] of this.#shown) {
      if (next.get(id)?.element !== element) element.remove();
    }
    this.#shown = next;
    if (focused !== undefined) next.get(focused)?.element.querySelector('button')?.focus();
  }

  age(): void {
    ageTimes(this.#list);
  }

  #elementOf(item: FeedItem, arriving: boolean): Shown {
    const shown = this.#shown.get(item.id);
    if (shown?.item === item) return shown;
    const element = itemElement(item, this.#handlers);
    if (shown === undefined && arriving) element.classList.add('arrived');
    return { item, element };
  }

  /** The item whose button has the focus: its element may be made anew. */
  #focusedId(): string | undefined {
    const active = document.activeElement;
    if (!(active instanceof HTMLButtonElement) || !this.#list.contains(active)) return undefined;
    return active.closest<HTMLElement>('[data-id]')?.dataset.id;
  }
}
