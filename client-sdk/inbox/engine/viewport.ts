/** Whether an element is a scroll container. The overflow of `html`, or of `body`, can apply to the window instead. */
function scrolls(box: Element): boolean {
  const { body, documentElement } = document;
  const scrollable = /auto|scroll/;
  if (box === documentElement || !scrollable.test(getComputedStyle(box).overflowY)) return false;
  return box !== body || getComputedStyle(documentElement).overflowY !== 'visible';
}

/** The node and its ancestors, innermost first, across slots and shadow roots. */
function ancestorsOf(node: Node): Node[] {
  const found: Node[] = [];
  let current: Node | null = node;
  while (current) {
    found.push(current);
    current =
      current instanceof ShadowRoot
        ? current.host
        : (current instanceof Element && current.assignedSlot) || current.parentNode;
  }
  return found;
}

/**
 * The visible area of a list: its scroll containers and the window. One list at a time. The page's styles decide which
 * elements scroll, and they may change. So the scroll containers are determined again after each scroll or resize.
 */
export class Viewport {
  readonly #onChange: () => void;
  #ancestors: Node[] = [];
  #scrollers: Element[] = [];
  #abortController = new AbortController();

  /** `onChange` is called on every scroll and resize. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * The root for an `IntersectionObserver`: the nearest scroll container that is too small for its content; `null`: the
   * window. A wrapper with `overflow-x: hidden` is a scroll container too, as tall as its content.
   */
  get root(): Element | null {
    return this.#scrollers.find((box) => box.scrollHeight > box.clientHeight) ?? null;
  }

  attach(list: Element): void {
    this.detach();
    this.#ancestors = ancestorsOf(list);
    this.#findScrollers();
    this.#abortController = new AbortController();
    const listenerOptions = { capture: true, passive: true, signal: this.#abortController.signal };
    const handleScroll = ({ target }: Event) => {
      // Ignores scrolling inside the items or outside the list's ancestors.
      if (!(target instanceof Node) || !this.#ancestors.includes(target)) return;
      this.#findScrollers();
      this.#onChange();
    };
    // Scroll events inside a shadow root are not visible outside it.
    for (const root of this.#ancestors) {
      if (root instanceof ShadowRoot || root instanceof Document) {
        root.addEventListener('scroll', handleScroll, listenerOptions);
      }
    }
    window.addEventListener(
      'resize',
      () => {
        this.#findScrollers();
        this.#onChange();
      },
      listenerOptions,
    );
  }

  detach(): void {
    this.#abortController.abort();
    this.#ancestors = [];
    this.#scrollers = [];
  }

  #findScrollers(): void {
    const elements = this.#ancestors.filter((node) => node instanceof Element);
    // The top layer lies above what scrolls around the panel.
    const panel = elements.findIndex((element) => element.hasAttribute('popover'));
    this.#scrollers = elements.slice(0, panel < 0 ? undefined : panel + 1).filter(scrolls);
  }

  /** The visible vertical range, in the coordinates of `getBoundingClientRect`. */
  edges(): { top: number; bottom: number } {
    let [top, bottom] = [0, window.innerHeight];
    for (const scroller of this.#scrollers) {
      const box = scroller.getBoundingClientRect();
      top = Math.max(top, box.top);
      bottom = Math.min(bottom, box.bottom);
    }
    return { top, bottom };
  }

  scrollBy(distance: number): void {
    // Instant even if the page sets smooth scrolling, because this keeps rows in place.
    (this.root ?? window).scrollBy({ top: distance, behavior: 'instant' });
  }
}
