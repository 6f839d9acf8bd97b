import { focusedIn, focusItems, isFocusLost } from './focus.ts';
import type { ListWindow } from './list-window.ts';

/**
 * Keeps the focus in the inbox when the focused button is removed after it was used. Otherwise nothing would have the
 * focus and keys would have no effect. `ListWindow` does the same for its items, and runs before this.
 */
export class FocusFallback {
  readonly #list: ListWindow;
  #focusedBefore: Element | null = null;
  /** The number of items before the update. */
  #previousCount = 0;

  constructor(list: ListWindow) {
    this.#list = list;
  }

  beforeRender(root: Element | null): void {
    this.#focusedBefore ??= focusedIn(root);
  }

  afterRender(root: Element | null): void {
    const [focusedBefore, previousCount] = [this.#focusedBefore, this.#previousCount];
    const count = this.#list.length;
    this.#focusedBefore = null;
    this.#previousCount = count;
    if (!focusedBefore || focusedBefore.isConnected || !isFocusLost()) return;
    // After the button that loads more: the first of the older items, otherwise the last item.
    if (focusedBefore.closest('.hubbub-inbox__end') && count > 0)
      this.#list.focusItem(Math.min(previousCount, count - 1));
    else focusItems(root);
  }
}
