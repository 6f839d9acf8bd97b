/** Yields the pages of a source, and requests each page while the consumer still uses the one before it. */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const pages = source[Symbol.asyncIterator]();
  const request = () => {
    const page = pages.next();
    // A page that fails while nothing awaits it fails when it is awaited.
    page.catch(() => undefined);
    return page;
  };
  try {
    for (let next = request(); ; ) {
      const { value, done } = await next;
      if (done) return;
      next = request();
      yield value;
    }
  } finally {
    await pages.return?.();
  }
}
