/** Which of the hub's routes a path belongs to, for where paths themselves would be too many. */

/** Paths that are none of the hub's. */
const OTHER = 'other';

/** `/v1/users/:id/feed`; a part that begins with a colon stands for any one part. */
type Pattern = string;

export class RouteTable {
  /** By the number of parts; patterns with fewer variables first. */
  readonly #byLength = new Map<number, Array<{ pattern: Pattern; parts: string[] }>>();

  constructor(patterns: readonly Pattern[]) {
    for (const pattern of [...patterns].sort((left, right) => variables(left) - variables(right))) {
      const parts = split(pattern);
      const known = this.#byLength.get(parts.length) ?? [];
      this.#byLength.set(parts.length, [...known, { pattern, parts }]);
    }
  }

  /** The pattern of a path; `other` where it has none. */
  find(path: string): Pattern {
    const parts = split(path);
    const found = this.#byLength
      .get(parts.length)
      ?.find((route) => route.parts.every((part, index) => part.startsWith(':') || part === parts[index]));
    return found?.pattern ?? OTHER;
  }
}

/** A slash at the end changes nothing. */
const split = (path: string): string[] => path.replace(/\/$/, '').split('/');
const variables = (pattern: Pattern): number => pattern.split('/:').length - 1;
