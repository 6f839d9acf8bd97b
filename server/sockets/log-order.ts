/**
 * The order of what a socket logs. A large batch is read in slices, and what the client logs after it without waiting for an
 * answer is accepted after it.
 */
export class LogOrder {
  /** The last one of a socket, while a large batch is on its way. */
  readonly #last = new WeakMap<object, Promise<unknown>>();

  /** `takesTime`: others have to wait for this one. `onWait`: called if it has to wait itself. */
  async next<T>(
    socket: object,
    { takesTime, onWait }: { takesTime: boolean; onWait: () => void },
    accept: () => Promise<T>,
  ): Promise<T> {
    const before = this.#last.get(socket);
    if (!before && !takesTime) return await accept();
    if (before) onWait();
    const accepting = before ? before.then(accept, accept) : accept();
    this.#last.set(socket, accepting);
    try {
      return await accepting;
    } finally {
      if (this.#last.get(socket) === accepting) this.#last.delete(socket);
    }
  }
}
