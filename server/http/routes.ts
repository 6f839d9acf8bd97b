/** Maps a path to its route pattern, e.g. for metric labels, where the number of values must be bounded. */

/** Label for all unknown paths. */
const OTHER = 'other';

/** For example `/v1/users/:id/feed`. A part that begins with a colon matches any part. */
type Pattern = string;

/** Sorts patterns with fewer variables first: `/actions/render` comes before `/actions/:id`. */
export const byVariables = (left: Pattern, right: Pattern): number => variablesIn(left) - variablesIn(right);
const variablesIn = (pattern: Pattern): number => pattern.split('/:').length - 1;

export class RouteTable {
  /** Keyed by the number of parts. */
  readonly #byLength = new Map<number, Array<{ pattern: Pattern; parts: string[] }>>();

  constructor(patterns: readonly Pattern[]) {
    for (const pattern of [...patterns].sort(byVariables)) {
      const parts = split(pattern);
      const known = this.#byLength.get(parts.length) ?? [];
      this.#byLength.set(parts.length, [...known, { pattern, parts }]);
    }
  }

  /** Returns the pattern of a path, or `other`. */
  find(path: string): Pattern {
    const parts = split(path);
    const found = this.#byLength
      .get(parts.length)
      ?.find((route) => route.parts.every((part, index) => part.startsWith(':') || part === parts[index]));
    return found?.pattern ?? OTHER;
  }
}

/** Ignores a trailing slash. */
const split = (path: string): string[] => path.replace(/\/$/, '').split('/');
