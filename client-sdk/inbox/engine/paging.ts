import type { Viewport } from './viewport.ts';

export interface PagingOptions {
  viewport: Viewport;
  /** Whether there is more to load, and loading is possible now. */
  canLoad(): boolean;
  /** Never rejects. */
  loadMore(): Promise<void>;
}

/** Loads more while the end of the list is near the viewport. */
export class Paging {
  readonly #options: PagingOptions;
  #observer: IntersectionObserver | undefined;
  #end: Element | null = null;
  #isNear = false;

  constructor(options: PagingOptions) {
    this.#options = options;
  }

  disconnect(): void {
    this.#observe(null);
  }

  afterRender(root: Element | null): void {
    const end = root?.querySelector('.hubbub-inbox__end') ?? null;
    if (end !== this.#end || (end && this.#options.viewport.root !== this.#observer?.root))
      this.#observe(end);
    this.#loadIfNear();
  }

  #loadIfNear(): void {
    if (!this.#isNear || !this.#options.canLoad()) return;
    this.#isNear = false;
    // A new observer afterwards, because an observer reports only changes and the end may still be near.
    void this.#options.loadMore().then(() => this.#observe(this.#end));
  }

  #observe(end: Element | null): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#isNear = false;
    this.#end = end;
    if (!end?.isConnected) return;
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#isNear = entries.at(-1)?.isIntersecting ?? false;
        this.#loadIfNear();
      },
      { root: this.#options.viewport.root, rootMargin: '500px 0px' },
    );
    this.#observer.observe(end);
  }
}
