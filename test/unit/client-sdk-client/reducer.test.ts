import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../client-sdk/client/src/feed/events.ts';
import { reduce } from '../../../client-sdk/client/src/feed/reducer.ts';
import { snapshotOf } from '../../../client-sdk/client/src/feed/snapshot.ts';
import { type FeedState, initialState } from '../../../client-sdk/client/src/feed/state.ts';
import type { RequestContext } from '../../../client-sdk/client/src/feed/version.ts';
import type { FeedItem, FeedPage } from '../../../protocol/entities.ts';
import { item } from './factory.ts';

/** The context of a request before any event and without a gap. */
const freshly: RequestContext = { sequence: 0, gapSequence: 0, contiguous: true };
const counts = (unread: number) => ({ unread, unseen: unread, capped: false });
const page = (items: FeedItem[], position: string, nextCursor: string | null = null): FeedPage => ({
  items,
  nextCursor,
  counts: counts(items.length),
  position,
});
const first = (items: FeedItem[], position: string, nextCursor: string | null = null): FeedEvent => ({
  type: 'firstPage',
  page: page(items, position, nextCursor),
  requestContext: freshly,
});
const pushed = (pushedItem: FeedItem, position: string): FeedEvent => ({
  type: 'item',
  push: { item: pushedItem, position },
});
const removed = (ids: string[], position: string): FeedEvent => ({
  type: 'removed',
  push: { ids, position },
});

function stateAfter(...events: FeedEvent[]): FeedState {
  return events.reduce(reduce, initialState);
}
const itemIds = (state: FeedState): string[] => snapshotOf(state).items.map(({ id }) => id);

describe('items', () => {
  it('are sorted newest first, ties by id', () => {
    expect(
      itemIds(
        stateAfter(
          first([item('b', 2), item('a', 1)], '1'),
          pushed(item('d', 2), '2'),
          pushed(item('c', 3), '3'),
        ),
      ),
    ).toEqual(['c', 'd', 'b', 'a']);
  });

  it('move up when they are bumped', () => {
    expect(itemIds(stateAfter(first([item('b', 2), item('a', 1)], '1'), pushed(item('a', 3), '2')))).toEqual([
      'a',
      'b',
    ]);
  });

  it('ignore a push older than what was last applied to them, and apply one of the same position', () => {
    const text = (state: FeedState) => state.entries[0]?.item.at;
    expect(text(stateAfter(pushed(item('a', 5), '5'), pushed(item('a', 4), '4')))).toBe(item('a', 5).at);
    expect(text(stateAfter(pushed(item('a', 5), '5'), pushed(item('a', 6), '5')))).toBe(item('a', 6).at);
  });

  it('apply a late push to another item', () => {
    expect(itemIds(stateAfter(pushed(item('a', 5), '5'), pushed(item('b', 4), '4')))).toEqual(['a', 'b']);
  });

  it('stay removed, whatever comes late', () => {
    expect(
      itemIds(stateAfter(pushed(item('a', 1), '1'), removed(['a'], '3'), pushed(item('a', 1), '2'))),
    ).toEqual([]);
    expect(itemIds(stateAfter(removed(['a'], '3'), first([item('a', 1)], '2')))).toEqual([]);
  });

  it('stay removed, even if the removal overtook a reset and is forgotten', () => {
    const state = stateAfter(
      first([item('a', 1), item('b', 2)], '1'),
      removed(['a'], '5'),
      { type: 'reset' },
      first([item('b', 2)], '6'),
      pushed(item('a', 4), '4'),
    );
    expect(itemIds(state)).toEqual(['b']);
    expect(itemIds(reduce(state, pushed(item('a', 7), '7')))).toEqual(['a', 'b']);
  });

  it('come back with a later position', () => {
    expect(itemIds(stateAfter(removed(['a'], '3'), pushed(item('a', 1), '4')))).toEqual(['a']);
  });

  it('stay if the removal is older than their state', () => {
    expect(itemIds(stateAfter(pushed(item('a', 1), '4'), removed(['a'], '3')))).toEqual(['a']);
  });
});

describe('a first page', () => {
  it('replaces what it covers, except for later pushes', () => {
    const state = stateAfter(
      pushed(item('gone', 1), '1'),
      pushed(item('new', 9), '5'),
      pushed(item('changed', 3, { unread: false }), '6'),
      first([item('changed', 3), item('other', 2)], '4'),
    );
    expect(itemIds(state)).toEqual(['new', 'changed', 'other']);
    expect(state.entries.find(({ item }) => item.id === 'changed')?.item.unread).toBe(false);
  });

  it('removes permanently what it no longer contains', () => {
    const state = stateAfter(pushed(item('a', 1), '1'), first([], '4'), pushed(item('a', 1), '2'));
    expect(itemIds(state)).toEqual([]);
  });
});

describe('an older page', () => {
  const start = first([item('c', 3), item('b', 2)], '1', 'next');

  it('continues below', () => {
    const state = stateAfter(start, {
      type: 'olderPage',
      page: page([item('a', 1)], '2'),
      cursor: 'next',
      requestContext: freshly,
    });
    expect(itemIds(state)).toEqual(['c', 'b', 'a']);
    expect(snapshotOf(state).hasMore).toBe(false);
  });

  it('neither restores removed items nor overwrites pushed ones below the end', () => {
    const state = stateAfter(start, pushed(item('a', 1, { unread: false }), '5'), removed(['z'], '5'));
    expect(itemIds(state)).toEqual(['c', 'b']);
    const more = reduce(state, {
      type: 'olderPage',
      page: page([item('z', 1), item('a', 1)], '4'),
      cursor: 'next',
      requestContext: freshly,
    });
    expect(itemIds(more)).toEqual(['c', 'b', 'a']);
    expect(snapshotOf(more).items.at(-1)?.unread).toBe(false);
  });

  it('is discarded if the feed was reloaded meanwhile', () => {
    const state = stateAfter(start, first([item('c', 3)], '2', 'another'), {
      type: 'olderPage',
      page: page([item('a', 1)], '1'),
      cursor: 'next',
      requestContext: freshly,
    });
    expect(itemIds(state)).toEqual(['c']);
    expect(state.cursor).toBe('another');
  });

  it('does not advance the position, because it does not include newer items', () => {
    expect(
      stateAfter(start, { type: 'olderPage', page: page([], '7'), cursor: 'next', requestContext: freshly })
        .position,
    ).toBe('1');
  });
});

describe('marks', () => {
  const start = first([item('c', 3), item('b', 2), item('a', 1)], '1');
  const unread = (state: FeedState) =>
    snapshotOf(state)
      .items.filter((each) => each.unread)
      .map(({ id }) => id);

  it('apply by ids, to all, or until a time', () => {
    const marked = (named: object) =>
      unread(stateAfter(start, { type: 'marked', push: { ...named, unread: false, position: '2' } }));
    expect(marked({ ids: ['b'] })).toEqual(['c', 'a']);
    expect(marked({ all: true })).toEqual([]);
    expect(marked({ until: item('b', 2).at })).toEqual(['c']);
  });

  it('do not affect later changes', () => {
    const afterMark = stateAfter(start, pushed(item('d', 4), '5'), {
      type: 'marked',
      push: { all: true, unread: false, position: '4' },
    });
    expect(unread(afterMark)).toEqual(['d']);
    const own = stateAfter(start, pushed(item('d', 4), '5'), {
      type: 'ownMark',
      selection: { all: true },
      flags: { unread: false },
      position: '6',
      upTo: '4',
    });
    expect(unread(own)).toEqual(['d']);
  });

  it('as read also mark as seen; as unread do not change seen', () => {
    const read = stateAfter(start, { type: 'marked', push: { ids: ['a'], unread: false, position: '2' } });
    expect(snapshotOf(read).items.at(-1)).toMatchObject({ unread: false, seen: true });
    const remarked = reduce(read, { type: 'marked', push: { ids: ['a'], unread: true, position: '3' } });
    expect(snapshotOf(remarked).items.at(-1)).toMatchObject({ unread: true, seen: true });
  });
});

describe('counts', () => {
  const counted = (unread: number, position: string): FeedEvent => ({
    type: 'counts',
    push: { ...counts(unread), position },
  });

  it('ignore older values, whatever happened to items', () => {
    expect(stateAfter(counted(3, '3'), counted(2, '2')).counts.unread).toBe(3);
    expect(stateAfter(counted(3, '3'), counted(4, '3')).counts.unread).toBe(4);
    expect(stateAfter(pushed(item('a'), '9'), counted(2, '2')).counts.unread).toBe(2);
  });
});

describe('the position', () => {
  it('advances with contiguous pushes', () => {
    expect(stateAfter(first([], '1'), pushed(item('a'), '2'), pushed(item('b'), '3')).position).toBe('3');
  });

  it('stays if pushes may have been lost, until the changes arrived', () => {
    const withGap = stateAfter(first([], '1'), { type: 'gap' }, pushed(item('a'), '5'));
    expect(withGap.position).toBe('1');
    const changes = { items: [], removed: [], counts: counts(1), position: '5', more: false, reset: false };
    const withChanges = reduce(withGap, { type: 'changes', changes, requestContext: withGap });
    expect(withChanges.position).toBe('5');
    expect(reduce(withChanges, pushed(item('b'), '6')).position).toBe('6');
  });

  it('stays if pushes were lost again while the changes were loading', () => {
    const withGap = stateAfter(first([], '1'), { type: 'gap' });
    const withSecondGap = reduce(withGap, { type: 'gap' });
    const changes = { items: [], removed: [], counts: counts(0), position: '3', more: false, reset: false };
    const state = reduce(withSecondGap, { type: 'changes', changes, requestContext: withGap });
    expect(reduce(state, pushed(item('b'), '6')).position).toBe('3');
  });

  it('is discarded by a reset: the next page is authoritative', () => {
    const state = stateAfter(
      pushed(item('old', 1), '9'),
      { type: 'reset' },
      {
        type: 'firstPage',
        page: page([item('a', 2)], '2'),
        requestContext: { ...freshly, gapSequence: 2 },
      },
    );
    expect(itemIds(state)).toEqual(['a']);
    expect(state.position).toBe('2');
  });
});

describe('a snapshot', () => {
  it('is the same object while its content does not change', () => {
    const state = stateAfter(first([item('a', 1)], '1'));
    const snapshot = snapshotOf(state);
    expect(snapshotOf(reduce(state, removed(['other'], '2')), snapshot)).toBe(snapshot);
    expect(snapshotOf(reduce(state, removed(['a'], '2')), snapshot)).not.toBe(snapshot);
  });
});
