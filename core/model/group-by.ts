/** `Map.groupBy`, which Node 20 lacks. Every group has at least one element. */
export function groupBy<T, K>(elements: Iterable<T>, keyOf: (element: T) => K): Map<K, [T, ...T[]]> {
  const groups = new Map<K, [T, ...T[]]>();
  for (const element of elements) {
    const key = keyOf(element);
    const group = groups.get(key);
    if (group) group.push(element);
    else groups.set(key, [element]);
  }
  return groups;
}
