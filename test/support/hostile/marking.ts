/** Gives each hostile input its own mark in all names, so that everything it stored can be recognized. */
import type { Subject } from '../access/access.ts';

/** Placeholder for the mark while inputs are generated. */
const MARK_PLACEHOLDER = 'mXXXXXXx';
const MARK = /m\d{6}x/g;

export const markOf = (index: number): string => `m${String(index).padStart(6, '0')}x`;

/** `user` is given if all inputs concern one user. */
export const markedSubject = (user = `u-${MARK_PLACEHOLDER}`): Subject => ({
  user,
  object: `project:${MARK_PLACEHOLDER}`,
  action: MARK_PLACEHOLDER,
  item: `${MARK_PLACEHOLDER}:${user}`,
  tracker: MARK_PLACEHOLDER,
  letter: MARK_PLACEHOLDER,
});

/** The input, with the placeholder replaced by the mark in all texts and bytes. */
export function marked<T>(input: T, mark: string): T {
  const replaceMarks = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(MARK_PLACEHOLDER, mark);
    if (Buffer.isBuffer(value)) {
      return value.includes(MARK_PLACEHOLDER)
        ? Buffer.from(value.toString('latin1').replaceAll(MARK_PLACEHOLDER, mark), 'latin1')
        : value;
    }
    if (Array.isArray(value)) return value.map(replaceMarks);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaceMarks(each)]));
  };
  return replaceMarks(input) as T;
}

export const marksIn = (entries: Iterable<string>): Set<string> => {
  const found = new Set<string>();
  for (const entry of entries) for (const [mark] of entry.matchAll(MARK)) found.add(mark);
  return found;
};
