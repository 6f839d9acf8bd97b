/**
 * Something costly that the first who takes it opens, and that is closed a task after the last has let go of it. In
 * strict mode React takes, lets go and takes again at once: that must not cost a second connection.
 *
 * - closed: nobody has it, or nobody took it yet
 * - open: somebody has it
 * - closing: nobody has it any more; whoever takes it until the next task gets it as it is
 *
 * A store: `subscribe` takes it, what it answers lets go; `getSnapshot` is what is open, else null.
 */
export class Lease<T> {
  readonly #open: () => T;
  readonly #close: (opened: T) => void;
  readonly #listeners = new Set<() => void>();
  #opened: T | null = null;
  #closing: ReturnType<typeof setTimeout> | undefined;

  constructor(open: () => T, close: (opened: T) => void) {
    this.#open = open;
    this.#close = close;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    clearTimeout(this.#closing);
    // A listener of its own for each call, so that one function may take it twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#opened === null) {
      this.#opened = this.#open();
      for (const each of this.#listeners) each();
    }
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#closeSoon();
    };
  };

  readonly getSnapshot = (): T | null => this.#opened;

  #closeSoon(): void {
    this.#closing = setTimeout(() => {
      const opened = this.#opened;
      this.#opened = null;
      if (opened !== null) this.#close(opened);
    });
  }
}
