import { describe, expect, it } from 'vitest';
import { arrivalsOf } from '../../../client-sdk/ui/arrivals.ts';
import { successorOf } from '../../../client-sdk/ui/successor.ts';
import type { FeedItem } from '../../../protocol/entities.ts';
import { item } from '../client-sdk/factory.ts';

const [a, b, c, d] = [item('a', 1), item('b', 2), item('c', 3), item('d', 4)];
const ids = (items: readonly FeedItem[]) => items.map(({ id }) => id);
const arrived = (before: FeedItem[], now: FeedItem[]) =>
  ids(arrivalsOf({ items: before, status: 'ready' }, { items: now }));

describe('arrivals are', () => {
  it('what came in on top, newest first', () => {
    expect(arrived([b, a], [d, c, b, a])).toEqual(['d', 'c']);
    expect(arrived([], [b, a])).toEqual(['b', 'a']);
  });

  it('what was bumped', () => {
    expect(arrived([c, b, a], [item('a', 5), c, b])).toEqual(['a']);
    expect(arrived([c, b, a], [item('c', 5), b, a])).toEqual(['c']);
  });

  it('what came in where the newest one went', () => {
    expect(arrived([c, b], [d, b])).toEqual(['d']);
  });

  it('told apart by id where the time is the same', () => {
    expect(arrived([item('m', 1)], [item('n', 1), item('m', 1), item('l', 1)])).toEqual(['n']);
  });

  it('not older pages, marks or what went', () => {
    expect(arrived([d, c], [d, c, b, a])).toEqual([]);
    expect(arrived([d, c], [{ ...d, unread: false }, c])).toEqual([]);
    expect(arrived([d, c, b], [c, b])).toEqual([]);
    expect(arrived([d], [])).toEqual([]);
  });

  it('not the first page', () => {
    expect(arrivalsOf({ items: [], status: 'loading' }, { items: [b, a] })).toEqual([]);
  });
});

describe('the focus of an item that is gone', () => {
  it('goes to the next one that is there, else to the one before', () => {
    expect(successorOf('c', [d, c, b, a], [d, b, a])).toBe('b');
    expect(successorOf('c', [d, c, b, a], [d, a])).toBe('a');
    expect(successorOf('a', [d, c, b, a], [d, c])).toBe('c');
    expect(successorOf('a', [a], [])).toBeUndefined();
    expect(successorOf('unknown', [a], [b])).toBeUndefined();
  });
});
