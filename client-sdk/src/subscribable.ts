/** Something that tells its listeners that it changed; what changed is asked for with `getSnapshot`. */
export class Subscribable {
  readonly #listeners = new Set<() => void>();

  /** Answers the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  protected get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  protected notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // One listener's mistake must neither silence the others nor disappear.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
