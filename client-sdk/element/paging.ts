import type { LitElement, ReactiveController } from 'lit';
import type { Viewport } from './viewport.ts';

export interface PagingNeeds {
  /** Whether there is more to load and nothing speaks against it. */
  canLoad(): boolean;
  /** Never rejects. */
  loadMore(): Promise<void>;
}

/** Loads on while the list's end is near what can be seen. */
export class Paging implements ReactiveController {
  readonly #host: LitElement;
  readonly #needs: PagingNeeds;
  readonly #viewport: Viewport;
  #observer: IntersectionObserver | undefined;
  #end: Element | null = null;
  #near = false;

  constructor(host: LitElement, viewport: Viewport, needs: PagingNeeds) {
    this.#host = host;
    this.#needs = needs;
    this.#viewport = viewport;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#watch(null);
  }

  hostUpdated(): void {
    const end = this.#host.renderRoot.querySelector('.more');
    const root = this.#viewport.root;
    if (end !== this.#end || (end && root !== this.#observer?.root)) this.#watch(end);
    if (!this.#near || !this.#needs.canLoad()) return;
    this.#near = false;
    // Observed anew when it is done: an observer tells of changes only, and the end may still be near.
    void this.#needs.loadMore().then(() => this.#watch(this.#end));
  }

  #watch(end: Element | null): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#near = false;
    this.#end = end;
    if (!end?.isConnected) return;
    this.#observer = new IntersectionObserver(
      (entries) => {
        this.#near = entries.at(-1)?.isIntersecting ?? false;
        if (this.#near) this.#host.requestUpdate();
      },
      { root: this.#viewport.root, rootMargin: '500px 0px' },
    );
    this.#observer.observe(end);
  }
}
