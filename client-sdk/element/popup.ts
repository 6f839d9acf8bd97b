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
 * The bell's panel, a popover: the browser puts it above everything. A manual one, because others are shown before what
 * is in them could be drawn, and hidden by the same click on the bell that then opens them again.
 */
export class Popup implements ReactiveController {
  readonly #host: PopupHost;
  #shown = false;
  /** Whether it was to be open, shown or not: the focus follows that alone. */
  #wasOpen = false;
  #open = new AbortController();

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

  hostDisconnected(): void {
    // The browser hides a popover that leaves the page; back in the page it is shown again.
    this.#shown = false;
    this.#open.abort();
  }

  /** Before what is in the panel, and may have the focus, is taken out. */
  hostUpdate(): void {
    if (!this.#shown || this.#host.open) return;
    const back = () => this.#bell?.focus({ preventScroll: true });
    const nowhere = () => document.activeElement === document.body;
    // Not every browser gives the focus to a button that is clicked: it may be nowhere already.
    if (!this.#panel?.matches(':focus-within') && !nowhere()) return;
    back();
    // Whoever clicked on something else wants to be there: that takes the focus right after.
    setTimeout(() => nowhere() && back());
  }

  hostUpdated(): void {
    const panel = this.#panel;
    const opened = this.#host.open && !this.#wasOpen;
    this.#wasOpen = this.#host.open;
    const open = this.#host.open && panel !== null && this.#host.isConnected;
    if (open === this.#shown) {
      // Whatever moved the bell meanwhile.
      if (open) this.#place();
      return;
    }
    this.#shown = open;
    this.#open.abort();
    if (!open) {
      if (panel?.matches(':popover-open')) panel.hidePopover();
      return;
    }
    if (!panel.matches(':popover-open')) panel.showPopover();
    this.#listen();
    this.#place();
    // A page that comes with an open panel keeps its focus, and so does one that moves it.
    if (opened && this.#host.hasUpdated) panel.focus({ preventScroll: true });
  }

  #listen(): void {
    this.#open = new AbortController();
    const { signal } = this.#open;
    const anywhere = { capture: true, passive: true, signal };
    const place = () => this.#place();
    const close = () => {
      this.#host.open = false;
    };
    window.addEventListener('resize', place, anywhere);
    window.addEventListener('scroll', place, anywhere);
    document.addEventListener(
      'pointerdown',
      (event) => {
        if (!event.composedPath().includes(this.#host)) close();
      },
      anywhere,
    );
    document.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        // A dialog around it stays open.
        event.preventDefault();
        close();
      },
      { signal },
    );
  }

  /** Below the bell, or above it where there is more room; from its edge inwards, and never out of the window. */
  #place(): void {
    const [panel, bell] = [this.#panel, this.#bell];
    if (!panel || !bell) return;
    const { innerHeight: height } = window;
    const width = document.documentElement.clientWidth;
    const at = bell.getBoundingClientRect();
    const [above, below] = [at.top - 2 * margin, height - at.bottom - 2 * margin];
    const upwards = below < enough && above > below;
    const { style } = panel;
    style.setProperty('--room', `${Math.max(160, Math.min(height - 2 * margin, upwards ? above : below))}px`);
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
