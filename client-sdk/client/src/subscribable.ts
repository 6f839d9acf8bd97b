/** Calls `run` later. Calls that are requested until then are coalesced. */
export type Schedule = (run: () => void) => void;

export const nextTask: Schedule = (run) => setTimeout(run);

/** Notifies its listeners that it changed. They read the new state with `getSnapshot`. */
export class Subscribable {
  readonly #listeners = new Set<() => void>();
  #isScheduled = false;

  /** Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  protected get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Notifies listeners once for all changes until then. */
  protected notifyLater(schedule: Schedule = nextTask): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    schedule(() => {
      this.#isScheduled = false;
      this.notify();
    });
  }

  protected notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // An error in one listener must neither stop the others nor be swallowed.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
