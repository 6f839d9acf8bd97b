/** Writes that are under way at once. */
const TOGETHER = 16;

/** Those of which it was true. One by one, as a write of many does not tell which it met. */
export async function those<T>(all: readonly T[], isTrue: (one: T) => Promise<boolean>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < all.length; start += TOGETHER) {
    const some = all.slice(start, start + TOGETHER);
    const answers = await Promise.all(some.map(isTrue));
    found.push(...some.filter((_, index) => answers[index]));
  }
  return found;
}
