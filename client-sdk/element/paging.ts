import type { LitElement, ReactiveController } from 'lit';
import type { Viewport } from './viewport.ts';

export interface PagingOptions {
  /** Whether there is more to load, and loading is possible now. */
  canLoad(): boolean;
  /** Never rejects. */
  loadMore(): Promise<void>;
}

/** Loads more while the end of the list is near the viewport. */
export class Paging implements ReactiveController {
  readonly #host: LitElement;
  readonly #options: PagingOptions;
  readonly #viewport: Viewport;
  #observer: IntersectionObserver | undefined;
  #end: Element | null = null;
  #isNear = false;

  constructor(host: LitElement, viewport: Viewport, options: PagingOptions) {
    this.#host = host;
    this.#options = options;
    this.#viewport = viewport;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#observe(null);
  }

  hostUpdated(): void {
    const end = this.#host.renderRoot.querySelector('.more');
    const root = this.#viewport.root;
    if (end !== this.#end || (end && root !== this.#observer?.root)) this.#observe(end);
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
        if (this.#isNear) this.#host.requestUpdate();
      },
      { root: this.#viewport.root, rootMargin: '500px 0px' },
    );
    this.#observer.observe(end);
  }
}
