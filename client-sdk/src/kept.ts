/** The previous object where the next one says the same in each field; so that what did not change stays the same. */
export function kept<T extends object>(next: T, previous: T | undefined): T {
  const before = previous && new Map<string, unknown>(Object.entries(previous));
  const isSame = before && Object.entries(next).every(([field, value]) => before.get(field) === value);
  return isSame && previous ? previous : Object.freeze(next);
}
