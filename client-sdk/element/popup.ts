import type { LitElement, ReactiveController } from 'lit';

export interface PopupHost extends LitElement {
  open: boolean;
}

/** Pixels between the panel and the window's edges, and between it and the bell; below `narrow` it takes the full width. */
const margin = 8;
const narrow = 480;
/** Below this height it rather opens upwards, if there is more room. */
const enough = 360;

/**
 * The bell's panel, a popover: the browser puts it above everything, closes it on Escape and on a click elsewhere. What is
 * left to do: keep `open` and the popover the same, give it its place, and take the focus in and back.
 */
export class Popup implements ReactiveController {
  readonly #host: PopupHost;
  readonly #place = () => this.#setPlace();
  #shown = false;
  #focusWasInside = false;
  #listening = new AbortController();

  constructor(host: PopupHost) {
    this.#host = host;
    host.addController(this);
  }

  get #panel(): HTMLElement | null {
    return this.#host.renderRoot.querySelector<HTMLElement>('.panel[popover]');
  }

  get #bell(): HTMLElement | null {
    return this.#host.renderRoot.querySelector<HTMLElement>('.bell');
  }

  /** The browser is about to show or hide it: by the bell, by Escape, by a click elsewhere, or because we said so. */
  readonly toggling = (event: Event): void => {
    if (!(event instanceof ToggleEvent)) return;
    const open = event.newState === 'open';
    if (!open) this.#focusWasInside = this.#panel?.matches(':focus-within') ?? false;
    this.#host.open = open;
  };

  hostDisconnected(): void {
    // The browser hides a popover that leaves the page; back in the page it is shown again.
    this.#shown = false;
    this.#listening.abort();
  }

  hostUpdated(): void {
    const panel = this.#panel;
    const open = this.#host.open && panel !== null && this.#host.isConnected;
    if (open === this.#shown) return;
    this.#shown = open;
    if (open) this.#opened(panel);
    else this.#closed(panel);
  }

  #opened(panel: HTMLElement): void {
    if (!panel.matches(':popover-open')) panel.showPopover();
    this.#listening = new AbortController();
    const listening = { passive: true, capture: true, signal: this.#listening.signal };
    window.addEventListener('resize', this.#place, listening);
    window.addEventListener('scroll', this.#place, listening);
    this.#setPlace();
    // A page that comes with an open panel keeps its focus.
    if (this.#host.hasUpdated) panel.focus({ preventScroll: true });
  }

  #closed(panel: HTMLElement | null): void {
    this.#listening.abort();
    if (panel?.matches(':popover-open')) panel.hidePopover();
    // Whoever clicked on something else wants to be there.
    const nowhere = document.activeElement === document.body || document.activeElement === null;
    if (this.#focusWasInside || nowhere) this.#bell?.focus({ preventScroll: true });
    this.#focusWasInside = false;
  }

  /** Below the bell, or above it where there is more room; from its edge inwards, and never out of the window. */
  #setPlace(): void {
    const [panel, bell] = [this.#panel, this.#bell];
    if (!panel || !bell) return;
    const { innerHeight: height } = window;
    const width = document.documentElement.clientWidth;
    const at = bell.getBoundingClientRect();
    const [above, below] = [at.top - 2 * margin, height - at.bottom - 2 * margin];
    const upwards = below < enough && above > below;
    const { style } = panel;
    style.maxHeight = `${Math.max(160, Math.min(height - 2 * margin, upwards ? above : below))}px`;
    style.top = upwards
      ? 'auto'
      : `${Math.max(margin, Math.min(at.bottom + margin, height - 160 - margin))}px`;
    style.bottom = upwards ? `${height - at.top + margin}px` : 'auto';
    const full = width <= narrow;
    panel.classList.toggle('full', full);
    const wide = panel.offsetWidth;
    const leftwards = at.left + at.right > width;
    const left = leftwards ? at.right - wide : at.left;
    style.left = full ? '0' : `${Math.max(margin, Math.min(left, width - wide - margin))}px`;
  }
}
