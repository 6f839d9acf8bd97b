import type { ListWindow } from './list-window.ts';
import { activate, ownTarget, rowAt } from './selection.ts';
import type { TabItems } from './tab-items.ts';
import type { InboxTab } from './view.ts';

export interface KeyboardOptions {
  list: ListWindow;
  tabs: TabItems;
  selectTab(tab: InboxTab): void;
}

/** The keys of the tabs, the panel and the list. Slotted content and text fields keep theirs. */
export class Keyboard {
  readonly #options: KeyboardOptions;
  #root: HTMLElement | null = null;
  #abortController = new AbortController();

  constructor(options: KeyboardOptions) {
    this.#options = options;
  }

  /** Listens to this element instead of the previous one. */
  attach(root: HTMLElement | null): void {
    if (root === this.#root) return;
    this.#abortController.abort();
    this.#root = root;
    if (!root) return;
    this.#abortController = new AbortController();
    const { signal } = this.#abortController;
    // Above the inbox, so that a framework's handlers of replaced parts come first and can prevent it.
    const handleKey = (event: Event): void => {
      if (event instanceof KeyboardEvent)
        this.#handleKey(event, { target: event.target, currentTarget: root });
    };
    root.getRootNode().addEventListener('keydown', handleKey, { signal });
    root.addEventListener('mousedown', handleMousedown, { signal });
    root.addEventListener(
      'focusin',
      (event) => {
        const row = rowAt(event);
        if (row) this.#options.list.setCurrent(row.dataset.id ?? '');
      },
      { signal },
    );
  }

  #handleKey(event: KeyboardEvent, inRoot: Pick<Event, 'target' | 'currentTarget'>): void {
    const target = ownTarget(inRoot);
    if (!target || event.defaultPrevented || target.matches('input,select,textarea,[contenteditable]'))
      return;
    const row = rowAt(inRoot);
    if (target.matches('[data-tab]')) this.#handleTabKey(event);
    else if (row || target.matches('.hubbub-inbox__panel,.hubbub-inbox__items'))
      this.#handleListKey(event, row);
  }

  #handleTabKey(event: KeyboardEvent): void {
    const { tabs, selectTab } = this.#options;
    const root = this.#root;
    const next = root && tabs.after(event.key, getComputedStyle(root).direction === 'rtl');
    if (!next) return;
    event.preventDefault();
    selectTab(next);
    root.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  }

  #handleListKey(event: KeyboardEvent, row: HTMLElement | null): void {
    const { list } = this.#options;
    const { key } = event;
    if (key === 'Enter' && row && event.target === row) activate(row, event);
    else if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    else if (key === 'ArrowDown') list.moveFocus(row ? 1 : 'first');
    else if (key === 'ArrowUp' && row) list.moveFocus(-1);
    else if (key === 'Home') list.moveFocus('first');
    else if (key === 'End') list.moveFocus('last');
    else return;
    event.preventDefault();
  }
}

/** Prevents the link of an item from taking the focus from the item. */
function handleMousedown(event: MouseEvent): void {
  if (event.button !== 0 || !ownTarget(event)?.closest('.hubbub-inbox__link,.hubbub-inbox__when')) return;
  event.preventDefault();
  rowAt(event)?.focus({ preventScroll: true });
}
