/** Yields the items in order, at most `size` at a time. */
export function* batchesOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Concurrent calls. */
const CONCURRENCY = 16;

/** Returns the items for which `predicate` resolves to true. */
export async function filterAsync<T>(
  items: readonly T[],
  predicate: (item: T) => Promise<boolean>,
): Promise<T[]> {
  const found: T[] = [];
  for (const batch of batchesOf(items, CONCURRENCY)) {
    const results = await Promise.all(batch.map(predicate));
    found.push(...batch.filter((_, index) => results[index]));
  }
  return found;
}
