/**
 * A reference-counted resource. The first subscriber opens it. It is closed in the task after the last subscriber
 * releases it: React's strict mode subscribes, unsubscribes and subscribes again at once, and that must not open a
 * second connection.
 *
 * - closed: no subscribers
 * - open: at least one subscriber
 * - closing: no subscribers any more; a new one before the next task keeps the resource open
 *
 * A store: `subscribe` acquires the resource and returns a function that releases it. `getSnapshot` returns the open
 * resource, or null.
 */
export class ReferenceCount<T> {
  readonly #open: () => T;
  readonly #close: (resource: T) => void;
  readonly #listeners = new Set<() => void>();
  #resource: T | null = null;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(open: () => T, close: (resource: T) => void) {
    this.#open = open;
    this.#close = close;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    clearTimeout(this.#closeTimer);
    // A separate listener for each call, so that the same function can subscribe twice.
    const ownListener = (): void => listener();
    this.#listeners.add(ownListener);
    if (this.#resource === null) {
      this.#resource = this.#open();
      for (const notify of this.#listeners) notify();
    }
    return () => {
      if (this.#listeners.delete(ownListener) && this.#listeners.size === 0) this.#closeSoon();
    };
  };

  readonly getSnapshot = (): T | null => this.#resource;

  #closeSoon(): void {
    this.#closeTimer = setTimeout(() => {
      const resource = this.#resource;
      this.#resource = null;
      if (resource !== null) this.#close(resource);
    });
  }
}
