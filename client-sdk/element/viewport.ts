/** Whether a box scrolls by itself. What the page's outermost boxes are told, the window does in their place. */
function scrolls(box: Element): boolean {
  const { body, documentElement } = document;
  const own = /auto|scroll/;
  if (box === documentElement || !own.test(getComputedStyle(box).overflowY)) return false;
  return box !== body || getComputedStyle(documentElement).overflowY !== 'visible';
}

/** The boxes that scroll around a node, inside out, through slots and shadow roots. */
function scrollersOf(node: Node): Element[] {
  const found: Element[] = [];
  let up: Node | null = node;
  while (up) {
    if (up instanceof Element && scrolls(up)) found.push(up);
    up = up instanceof ShadowRoot ? up.host : (up instanceof Element && up.assignedSlot) || up.parentNode;
  }
  return found;
}

/** What a list is seen through: the boxes that scroll around it, and the page. One list at a time. */
export class Viewport {
  readonly #changed: () => void;
  #scrollers: Element[] = [];
  #stop = new AbortController();

  /** `changed` hears of every scrolling and of the page's new size. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The root for an `IntersectionObserver`: the nearest box that scrolls; `null`: the page does. */
  get root(): Element | null {
    return this.#scrollers[0] ?? null;
  }

  attach(list: Element): void {
    this.detach();
    this.#scrollers = scrollersOf(list);
    this.#stop = new AbortController();
    const listening = { passive: true, signal: this.#stop.signal };
    for (const target of [...this.#scrollers, document]) {
      target.addEventListener('scroll', this.#changed, listening);
    }
    window.addEventListener('resize', this.#changed, listening);
  }

  detach(): void {
    this.#stop.abort();
    this.#scrollers = [];
  }

  /** What can be seen of the page through all of them, in the coordinates of `getBoundingClientRect`. */
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
    // At once, whatever the page says about smooth scrolling: this keeps things where they are.
    (this.root ?? window).scrollBy({ top: distance, behavior: 'instant' });
  }
}
