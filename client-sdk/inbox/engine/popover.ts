import { isFocusLost } from './focus.ts';
import { placePanel } from './placement.ts';

export interface PopoverOptions {
  getRoot(): HTMLElement | null;
  close(): void;
}

/**
 * The bell's panel, which is in the document while it is open. It is a manual popover, so that the browser puts it in
 * the top layer: an automatic one would close when the bell is clicked, and the click would open it again. In browsers
 * without popovers the style sheet raises it.
 */
export class Popover {
  readonly #options: PopoverOptions;
  /** `undefined`: not rendered yet. */
  #wasOpen: boolean | undefined;
  #panel: HTMLElement | null = null;
  #abortController = new AbortController();

  constructor(options: PopoverOptions) {
    this.#options = options;
  }

  get #bell(): HTMLElement | null {
    return this.#options.getRoot()?.querySelector<HTMLElement>('[aria-haspopup]') ?? null;
  }

  disconnect(): void {
    // The browser hides a popover that leaves the document. It is shown again when it returns.
    this.#panel = null;
    this.#abortController.abort();
  }

  afterRender(isOpen: boolean): void {
    const panel =
      this.#options.getRoot()?.querySelector<HTMLElement>('.hubbub-inbox__panel[popover]') ?? null;
    const wasOpen = this.#wasOpen;
    this.#wasOpen = isOpen;
    // An element that was closed outside the document must not take the focus when it returns.
    if (wasOpen && !isOpen && this.#panel) this.#returnFocus();
    if (panel !== this.#panel) {
      this.#panel = panel;
      this.#abortController.abort();
      if (panel) this.#listen();
    }
    if (!panel) return;
    // Browsers without popovers do not know the selector either.
    if ('showPopover' in panel && panel.isConnected && !panel.matches(':popover-open')) panel.showPopover();
    // The bell may have moved.
    this.#updatePosition();
    // A panel that is open initially, or moved in the document, must not take the focus.
    if (wasOpen === false) panel.focus({ preventScroll: true });
  }

  /** Moves the focus back to the bell, unless the user moved it elsewhere. */
  #returnFocus(): void {
    const restore = () => isFocusLost() && this.#bell?.focus({ preventScroll: true });
    restore();
    // A click outside moves the focus after it closed the panel.
    setTimeout(restore);
  }

  #listen(): void {
    this.#abortController = new AbortController();
    const { signal } = this.#abortController;
    const passive = { capture: true, passive: true, signal };
    const { close } = this.#options;
    window.addEventListener('resize', () => this.#updatePosition(), passive);
    window.addEventListener('scroll', () => this.#updatePosition(), passive);
    // The path, because the target may be removed already.
    const handlePointerDown = (event: Event) => {
      const root = this.#options.getRoot();
      if (root && !event.composedPath().includes(root)) close();
    };
    document.addEventListener('pointerdown', handlePointerDown, passive);
    const handleKeydown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // Keeps a surrounding dialog open.
      event.preventDefault();
      close();
    };
    document.addEventListener('keydown', handleKeydown, { signal });
    // Without a related target, the focused element was removed, or the window lost the focus.
    const handleFocusout = ({ relatedTarget: next }: FocusEvent) => {
      const root = this.#options.getRoot();
      const tree = root?.getRootNode();
      // Slotted content is in the host.
      const isInside = (node: Node) =>
        root?.contains(node) || (tree instanceof ShadowRoot && tree.host.contains(node));
      if (next instanceof Node && !isInside(next)) close();
    };
    this.#options.getRoot()?.addEventListener('focusout', handleFocusout, { signal });
  }

  #updatePosition(): void {
    const bell = this.#bell;
    if (this.#panel && bell) placePanel(this.#panel, bell);
  }
}
