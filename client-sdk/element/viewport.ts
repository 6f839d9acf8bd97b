/** Whether a box scrolls by itself. What the page's outermost boxes are told, the window does in their place. */
function scrolls(box: Element): boolean {
  const { body, documentElement } = document;
  const own = /auto|scroll/;
  if (box === documentElement || !own.test(getComputedStyle(box).overflowY)) return false;
  return box !== body || getComputedStyle(documentElement).overflowY !== 'visible';
}

/** What a node is in, inside out, through slots and shadow roots. */
function around(node: Node): Node[] {
  const found: Node[] = [];
  let up: Node | null = node;
  while (up) {
    found.push(up);
    up = up instanceof ShadowRoot ? up.host : (up instanceof Element && up.assignedSlot) || up.parentNode;
  }
  return found;
}

/**
 * What a list is seen through: the boxes that scroll around it, and the page. One list at a time. Which boxes scroll is
 * for the page's styles to say, and those may change: it is looked up again whenever one scrolled or the window was resized.
 */
export class Viewport {
  readonly #changed: () => void;
  #around: Node[] = [];
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
    this.#around = around(list);
    this.#find();
    this.#stop = new AbortController();
    const listening = { capture: true, passive: true, signal: this.#stop.signal };
    const moved = ({ target }: Event) => {
      // Others scroll as well, inside the list's items or beside it.
      if (!(target instanceof Node) || !this.#around.includes(target)) return;
      this.#find();
      this.#changed();
    };
    // The scrolling of a box inside a shadow root is not heard outside it.
    for (const root of this.#around) {
      if (root instanceof ShadowRoot || root instanceof Document) {
        root.addEventListener('scroll', moved, listening);
      }
    }
    window.addEventListener(
      'resize',
      () => {
        this.#find();
        this.#changed();
      },
      listening,
    );
  }

  detach(): void {
    this.#stop.abort();
    this.#around = [];
    this.#scrollers = [];
  }

  #find(): void {
    this.#scrollers = this.#around.filter((node) => node instanceof Element && scrolls(node)) as Element[];
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
