/** Does it later; what is due until then is done at once. */
export type Schedule = (run: () => void) => void;

export const nextTask: Schedule = (run) => setTimeout(run);

/** Something that tells its listeners that it changed; what changed is asked for with `getSnapshot`. */
export class Subscribable {
  readonly #listeners = new Set<() => void>();
  #isDue = false;

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

  /** Tells them once of all that changed until then. */
  protected notifyLater(schedule: Schedule = nextTask): void {
    if (this.#isDue) return;
    this.#isDue = true;
    schedule(() => {
      this.#isDue = false;
      this.notify();
    });
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
