import type { LitElement, ReactiveController } from 'lit';
import { activeElementIn } from './focus.ts';
import type { List } from './list.ts';

/**
 * Keeps the focus in the inbox when the focused button is removed after it was used. Otherwise nothing would have the
 * focus and keys would have no effect. `List` does the same for its items, and runs before this.
 */
export class FocusFallback implements ReactiveController {
  readonly #host: LitElement;
  readonly #list: List;
  #focusedBefore: Element | null = null;
  /** The number of items before the update. */
  #previousCount = 0;

  constructor(host: LitElement, list: List) {
    this.#host = host;
    this.#list = list;
    host.addController(this);
  }

  hostUpdate(): void {
    this.#focusedBefore = activeElementIn(this.#host.renderRoot);
  }

  hostUpdated(): void {
    const [focusedBefore, previousCount, root] = [
      this.#focusedBefore,
      this.#previousCount,
      this.#host.renderRoot,
    ];
    const count = this.#list.length;
    this.#focusedBefore = null;
    this.#previousCount = count;
    if (!focusedBefore || focusedBefore.isConnected || activeElementIn(root)) return;
    // After the load-more button: the first of the older items, otherwise the last item.
    if (focusedBefore.closest('.more') && count > 0) this.#list.focusItem(Math.min(previousCount, count - 1));
    else root.querySelector<HTMLElement>('.scroll')?.focus({ preventScroll: true });
  }
}
