import type { LitElement, ReactiveController } from 'lit';

export interface PopupHost extends LitElement {
  open: boolean;
}

/**
 * `margin`: pixels between the panel and the window's edges, and to the bell. Narrower windows get a full-width panel.
 */
const margin = 8;
const fullWidthBelow = 480;
/** With less room below the bell, the panel opens upwards if there is more room. */
const minHeightBelow = 360;

/**
 * The bell's panel, a popover, so the browser puts it in the top layer. It is a manual popover: an automatic one would
 * be shown before its content is rendered, and a click on the bell would close it and open it again.
 */
export class Popup implements ReactiveController {
  readonly #host: PopupHost;
  #isShown = false;
  /** The previous value of `open`, whether the panel was shown or not. Only this decides about the focus. */
  #wasOpen = false;
  #abortController = new AbortController();

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
    // The browser hides a popover that leaves the document. It is shown again when it returns.
    this.#isShown = false;
    this.#abortController.abort();
  }

  /** Runs before the content of the panel, which may have the focus, is removed. */
  hostUpdate(): void {
    if (!this.#isShown || this.#host.open) return;
    const restoreFocus = () => this.#bell?.focus({ preventScroll: true });
    const isFocusLost = () => document.activeElement === document.body;
    // Not every browser focuses a clicked button, so the focus may be lost already.
    if (!this.#panel?.matches(':focus-within') && !isFocusLost()) return;
    restoreFocus();
    // If the user clicked another element, that gets the focus afterwards.
    setTimeout(() => isFocusLost() && restoreFocus());
  }

  hostUpdated(): void {
    const panel = this.#panel;
    const opened = this.#host.open && !this.#wasOpen;
    this.#wasOpen = this.#host.open;
    const open = this.#host.open && panel !== null && this.#host.isConnected;
    if (open === this.#isShown) {
      // The bell may have moved.
      if (open) this.#updatePosition();
      return;
    }
    this.#isShown = open;
    this.#abortController.abort();
    if (!open) {
      if (panel?.matches(':popover-open')) panel.hidePopover();
      return;
    }
    if (!panel.matches(':popover-open')) panel.showPopover();
    this.#listen();
    this.#updatePosition();
    // A panel that is open initially, or moved in the document, must not take the focus.
    if (opened && this.#host.hasUpdated) panel.focus({ preventScroll: true });
  }

  #listen(): void {
    this.#abortController = new AbortController();
    const { signal } = this.#abortController;
    const listenerOptions = { capture: true, passive: true, signal };
    const updatePosition = () => this.#updatePosition();
    const close = () => {
      this.#host.open = false;
    };
    window.addEventListener('resize', updatePosition, listenerOptions);
    window.addEventListener('scroll', updatePosition, listenerOptions);
    document.addEventListener(
      'pointerdown',
      (event) => {
        if (!event.composedPath().includes(this.#host)) close();
      },
      listenerOptions,
    );
    document.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        // Keeps a surrounding dialog open.
        event.preventDefault();
        close();
      },
      { signal },
    );
  }

  /** Places the panel below the bell, or above it if there is more room; aligned to its edge, and within the window. */
  #updatePosition(): void {
    const [panel, bell] = [this.#panel, this.#bell];
    if (!panel || !bell) return;
    const { innerHeight: height } = window;
    const width = document.documentElement.clientWidth;
    const bellRect = bell.getBoundingClientRect();
    const [above, below] = [bellRect.top - 2 * margin, height - bellRect.bottom - 2 * margin];
    const opensUpwards = below < minHeightBelow && above > below;
    const { style } = panel;
    style.setProperty(
      '--room',
      `${Math.max(160, Math.min(height - 2 * margin, opensUpwards ? above : below))}px`,
    );
    style.top = opensUpwards
      ? 'auto'
      : `${Math.max(margin, Math.min(bellRect.bottom + margin, height - 160 - margin))}px`;
    style.bottom = opensUpwards ? `${height - bellRect.top + margin}px` : 'auto';
    const isFullWidth = width <= fullWidthBelow;
    panel.classList.toggle('full', isFullWidth);
    const panelWidth = panel.offsetWidth;
    const alignsRight = bellRect.left + bellRect.right > width;
    const left = alignsRight ? bellRect.right - panelWidth : bellRect.left;
    style.left = isFullWidth ? '0' : `${Math.max(margin, Math.min(left, width - panelWidth - margin))}px`;
  }
}
