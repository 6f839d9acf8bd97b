/** Keeps the order of a socket's `log` calls: a large batch is parsed in slices, and later calls are accepted after it. */
export class LogOrder {
  /** The last pending `log` call of each socket. Empty while no slow call is pending. */
  readonly #last = new WeakMap<object, Promise<unknown>>();

  /** `isSlow`: later calls wait for this one. `onWait` is called if this one has to wait. */
  async enqueue<T>(
    socket: object,
    { isSlow, onWait }: { isSlow: boolean; onWait: () => void },
    accept: () => Promise<T>,
  ): Promise<T> {
    const previous = this.#last.get(socket);
    if (!previous && !isSlow) return await accept();
    if (previous) onWait();
    const accepting = previous ? previous.then(accept, accept) : accept();
    this.#last.set(socket, accepting);
    try {
      return await accepting;
    } finally {
      if (this.#last.get(socket) === accepting) this.#last.delete(socket);
    }
  }
}
