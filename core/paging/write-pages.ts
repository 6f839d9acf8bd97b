/** Writes the pages of a source, some at a time. Yields each after it was written, in the order of the source. */
export async function* writePages<T>(
  source: AsyncIterable<T>,
  concurrency: number,
  write: (page: T) => Promise<void>,
): AsyncGenerator<T> {
  const started: Array<{ page: T; written: Promise<void> }> = [];
  try {
    for await (const page of source) {
      const written = write(page);
      // A write that fails while nothing awaits it fails when it is awaited.
      written.catch(() => undefined);
      started.push({ page, written });
      if (started.length < concurrency) continue;
      yield* finishOldest(started);
    }
    while (started.length > 0) yield* finishOldest(started);
  } finally {
    // No write outlives the iteration, so a retry never overlaps it.
    await Promise.allSettled(started.map(({ written }) => written));
  }
}

async function* finishOldest<T>(started: Array<{ page: T; written: Promise<void> }>): AsyncGenerator<T> {
  const [oldest] = started;
  if (!oldest) return;
  await oldest.written;
  started.shift();
  yield oldest.page;
}
