/**
 * Returns `previous` if all fields are equal, so that unchanged objects keep their identity. Otherwise `next`, frozen.
 */
export function reuseIfEqual<T extends object>(next: T, previous?: T): T {
  for (const field in next) {
    if (next[field] !== previous?.[field]) return Object.freeze(next);
  }
  return previous ?? next;
}
