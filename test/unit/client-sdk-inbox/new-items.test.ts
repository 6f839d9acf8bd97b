import { describe, expect, it } from 'vitest';
import { findNewItems } from '../../../client-sdk/inbox/engine/new-items.ts';
import { findSuccessor } from '../../../client-sdk/inbox/engine/successor.ts';
import type { FeedItem } from '../../../protocol/entities.ts';
import { item } from '../client-sdk-client/factory.ts';

const [a, b, c, d] = [item('a', 1), item('b', 2), item('c', 3), item('d', 4)];
const ids = (items: readonly FeedItem[]) => items.map(({ id }) => id);
const newItemIds = (before: FeedItem[], now: FeedItem[]) =>
  ids(findNewItems({ items: before, status: 'ready' }, { items: now }));

describe('new items are', () => {
  it('the items on top, newest first', () => {
    expect(newItemIds([b, a], [d, c, b, a])).toEqual(['d', 'c']);
    expect(newItemIds([], [b, a])).toEqual(['b', 'a']);
  });

  it('bumped ones', () => {
    expect(newItemIds([c, b, a], [item('a', 5), c, b])).toEqual(['a']);
    expect(newItemIds([c, b, a], [item('c', 5), b, a])).toEqual(['c']);
  });

  it('the items that came while the newest was removed', () => {
    expect(newItemIds([c, b], [d, b])).toEqual(['d']);
  });

  it('distinguished by id if their time is the same', () => {
    expect(newItemIds([item('m', 1)], [item('n', 1), item('m', 1), item('l', 1)])).toEqual(['n']);
  });

  it('not older pages, marks or removals', () => {
    expect(newItemIds([d, c], [d, c, b, a])).toEqual([]);
    expect(newItemIds([d, c], [{ ...d, unread: false }, c])).toEqual([]);
    expect(newItemIds([d, c, b], [c, b])).toEqual([]);
    expect(newItemIds([d], [])).toEqual([]);
  });

  it('not the first page', () => {
    expect(findNewItems({ items: [], status: 'loading' }, { items: [b, a] })).toEqual([]);
  });
});

describe('the focus of a removed item', () => {
  it('moves to the next item, or else to the previous one', () => {
    expect(findSuccessor('c', [d, c, b, a], [d, b, a])).toBe('b');
    expect(findSuccessor('c', [d, c, b, a], [d, a])).toBe('a');
    expect(findSuccessor('a', [d, c, b, a], [d, c])).toBe('c');
    expect(findSuccessor('a', [a], [])).toBeUndefined();
    expect(findSuccessor('unknown', [a], [b])).toBeUndefined();
  });
});
