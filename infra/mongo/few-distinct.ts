/** A condition on more values of a shard key than this selects nearly all shards, and only makes the command longer. */
export const MAX_TARGETS = 8;

/** Returns the distinct values that these ids contain, or `null` if there are more than `MAX_TARGETS`. */
export function fewDistinct(ids: readonly string[], valueIn: (id: string) => string): string[] | null {
  const values = new Set<string>();
  for (const id of ids) {
    values.add(valueIn(id));
    if (values.size > MAX_TARGETS) return null;
  }
  return [...values];
}
