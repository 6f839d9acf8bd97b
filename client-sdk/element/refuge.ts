import type { LitElement, ReactiveController } from 'lit';
import { focusedIn } from './focus.ts';
import type { List } from './list.ts';

/**
 * Keeps the focus in the inbox where the button that has it did what it was for and is gone: with it on nothing, no key
 * would do anything. The list cares for its items itself; this comes after it.
 */
export class Refuge implements ReactiveController {
  readonly #host: LitElement;
  readonly #list: List;
  #had: Element | null = null;
  /** How many items there were. */
  #count = 0;

  constructor(host: LitElement, list: List) {
    this.#host = host;
    this.#list = list;
    host.addController(this);
  }

  hostUpdate(): void {
    this.#had = focusedIn(this.#host.renderRoot);
  }

  hostUpdated(): void {
    const [had, from, root] = [this.#had, this.#count, this.#host.renderRoot];
    const to = this.#list.length;
    this.#had = null;
    this.#count = to;
    if (!had || had.isConnected || focusedIn(root)) return;
    // Whoever asked for older items goes on with those, or else with the last one there is.
    if (had.closest('.more') && to > 0) this.#list.goTo(Math.min(from, to - 1));
    else root.querySelector<HTMLElement>('.scroll')?.focus({ preventScroll: true });
  }
}
