/** Concurrent writes. */
const BATCH_SIZE = 16;

/** Returns the items for which `predicate` resolves to true. One call per item: a bulk write does not report which items matched. */
export async function filterAsync<T>(
  items: readonly T[],
  predicate: (item: T) => Promise<boolean>,
): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < items.length; start += BATCH_SIZE) {
    const batch = items.slice(start, start + BATCH_SIZE);
    const results = await Promise.all(batch.map(predicate));
    found.push(...batch.filter((_, index) => results[index]));
  }
  return found;
}
