/** Each hostile input is about things of its own, named by a mark, so that what it stored can be told from all else. */
import type { Subject } from '../access/access.ts';

/** Stands for the mark of an input while inputs are generated. */
const PLACE = 'mXXXXXXx';
const MARK = /m\d{6}x/g;

export const markOf = (index: number): string => `m${String(index).padStart(6, '0')}x`;

/** `user` where all inputs are of one user. */
export const markedSubject = (user = `u-${PLACE}`): Subject => ({
  user,
  object: `project:${PLACE}`,
  action: PLACE,
  item: `${PLACE}:${user}`,
  tracker: PLACE,
  letter: PLACE,
});

/** The input with its own mark in all its texts and bytes. */
export function marked<T>(input: T, mark: string): T {
  const put = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(PLACE, mark);
    if (Buffer.isBuffer(value)) {
      return value.includes(PLACE)
        ? Buffer.from(value.toString('latin1').replaceAll(PLACE, mark), 'latin1')
        : value;
    }
    if (Array.isArray(value)) return value.map(put);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, put(each)]));
  };
  return put(input) as T;
}

export const marksIn = (entries: Iterable<string>): Set<string> => {
  const found = new Set<string>();
  for (const entry of entries) for (const [mark] of entry.matchAll(MARK)) found.add(mark);
  return found;
};
