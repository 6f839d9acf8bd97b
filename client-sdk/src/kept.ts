/** The previous object where the next one says the same in each field: what did not change stays the same. Else the next, frozen. */
export function kept<T extends object>(next: T, previous?: T): T {
  for (const field in next) {
    if (next[field] !== previous?.[field]) return Object.freeze(next);
  }
  return previous ?? next;
}
