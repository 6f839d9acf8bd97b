import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../client-sdk/src/feed/events.ts';
import { reduce } from '../../../client-sdk/src/feed/reducer.ts';
import { snapshotOf } from '../../../client-sdk/src/feed/snapshot.ts';
import type { Asked } from '../../../client-sdk/src/feed/stamp.ts';
import { type FeedState, initialState } from '../../../client-sdk/src/feed/state.ts';
import type { FeedItem, FeedPage } from '../../../protocol/entities.ts';
import { item } from './factory.ts';

/** Asked for before anything happened, while no push could have been lost. */
const freshly: Asked = { turn: 0, broken: 0, unbroken: true };
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
  asked: freshly,
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
const shown = (state: FeedState): string[] => snapshotOf(state).items.map(({ id }) => id);

describe('items', () => {
  it('stand newest first, ties by id', () => {
    expect(
      shown(
        stateAfter(
          first([item('b', 2), item('a', 1)], '1'),
          pushed(item('d', 2), '2'),
          pushed(item('c', 3), '3'),
        ),
      ),
    ).toEqual(['c', 'd', 'b', 'a']);
  });

  it('move up when they are bumped', () => {
    expect(shown(stateAfter(first([item('b', 2), item('a', 1)], '1'), pushed(item('a', 3), '2')))).toEqual([
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
    expect(shown(stateAfter(pushed(item('a', 5), '5'), pushed(item('b', 4), '4')))).toEqual(['a', 'b']);
  });

  it('stay away once removed, whatever comes late', () => {
    expect(
      shown(stateAfter(pushed(item('a', 1), '1'), removed(['a'], '3'), pushed(item('a', 1), '2'))),
    ).toEqual([]);
    expect(shown(stateAfter(removed(['a'], '3'), first([item('a', 1)], '2')))).toEqual([]);
  });

  it('stay away once removed, also where the removal overtook a reset and is forgotten', () => {
    const state = stateAfter(
      first([item('a', 1), item('b', 2)], '1'),
      removed(['a'], '5'),
      { type: 'reset' },
      first([item('b', 2)], '6'),
      pushed(item('a', 4), '4'),
    );
    expect(shown(state)).toEqual(['b']);
    expect(shown(reduce(state, pushed(item('a', 7), '7')))).toEqual(['a', 'b']);
  });

  it('come back when they come back later', () => {
    expect(shown(stateAfter(removed(['a'], '3'), pushed(item('a', 1), '4')))).toEqual(['a']);
  });

  it('stay when the removal is older than their state', () => {
    expect(shown(stateAfter(pushed(item('a', 1), '4'), removed(['a'], '3')))).toEqual(['a']);
  });
});

describe('a first page', () => {
  it('replaces what it covers, but for what was pushed after it', () => {
    const state = stateAfter(
      pushed(item('gone', 1), '1'),
      pushed(item('new', 9), '5'),
      pushed(item('changed', 3, { unread: false }), '6'),
      first([item('changed', 3), item('other', 2)], '4'),
    );
    expect(shown(state)).toEqual(['new', 'changed', 'other']);
    expect(state.entries.find(({ item }) => item.id === 'changed')?.item.unread).toBe(false);
  });

  it('takes out what it no longer holds for good', () => {
    const state = stateAfter(pushed(item('a', 1), '1'), first([], '4'), pushed(item('a', 1), '2'));
    expect(shown(state)).toEqual([]);
  });
});

describe('an older page', () => {
  const start = first([item('c', 3), item('b', 2)], '1', 'next');

  it('goes on below', () => {
    const state = stateAfter(start, {
      type: 'olderPage',
      page: page([item('a', 1)], '2'),
      cursor: 'next',
      asked: freshly,
    });
    expect(shown(state)).toEqual(['c', 'b', 'a']);
    expect(snapshotOf(state).hasMore).toBe(false);
  });

  it('neither brings back what was removed nor overwrites what was pushed below the end', () => {
    const state = stateAfter(start, pushed(item('a', 1, { unread: false }), '5'), removed(['z'], '5'));
    expect(shown(state)).toEqual(['c', 'b']);
    const more = reduce(state, {
      type: 'olderPage',
      page: page([item('z', 1), item('a', 1)], '4'),
      cursor: 'next',
      asked: freshly,
    });
    expect(shown(more)).toEqual(['c', 'b', 'a']);
    expect(snapshotOf(more).items.at(-1)?.unread).toBe(false);
  });

  it('is dropped when the feed was reloaded meanwhile', () => {
    const state = stateAfter(start, first([item('c', 3)], '2', 'another'), {
      type: 'olderPage',
      page: page([item('a', 1)], '1'),
      cursor: 'next',
      asked: freshly,
    });
    expect(shown(state)).toEqual(['c']);
    expect(state.cursor).toBe('another');
  });

  it('does not move the position: it says nothing of the newer items', () => {
    expect(
      stateAfter(start, { type: 'olderPage', page: page([], '7'), cursor: 'next', asked: freshly }).position,
    ).toBe('1');
  });
});

describe('marks', () => {
  const start = first([item('c', 3), item('b', 2), item('a', 1)], '1');
  const unread = (state: FeedState) =>
    snapshotOf(state)
      .items.filter((each) => each.unread)
      .map(({ id }) => id);

  it('by ids, all, or until a time', () => {
    const marked = (named: object) =>
      unread(stateAfter(start, { type: 'marked', push: { ...named, unread: false, position: '2' } }));
    expect(marked({ ids: ['b'] })).toEqual(['c', 'a']);
    expect(marked({ all: true })).toEqual([]);
    expect(marked({ until: item('b', 2).at })).toEqual(['c']);
  });

  it('leave alone what changed after them', () => {
    const late = stateAfter(start, pushed(item('d', 4), '5'), {
      type: 'marked',
      push: { all: true, unread: false, position: '4' },
    });
    expect(unread(late)).toEqual(['d']);
    const own = stateAfter(start, pushed(item('d', 4), '5'), {
      type: 'ownMark',
      named: { all: true },
      flags: { unread: false },
      position: '6',
      upTo: '4',
    });
    expect(unread(own)).toEqual(['d']);
  });

  it('of read mean seen as well; of unread leave seen alone', () => {
    const read = stateAfter(start, { type: 'marked', push: { ids: ['a'], unread: false, position: '2' } });
    expect(snapshotOf(read).items.at(-1)).toMatchObject({ unread: false, seen: true });
    const again = reduce(read, { type: 'marked', push: { ids: ['a'], unread: true, position: '3' } });
    expect(snapshotOf(again).items.at(-1)).toMatchObject({ unread: true, seen: true });
  });
});

describe('counts', () => {
  const counted = (unread: number, position: string): FeedEvent => ({
    type: 'counts',
    push: { ...counts(unread), position },
  });

  it('ignore what is older than what was last applied to them, whatever happened to items', () => {
    expect(stateAfter(counted(3, '3'), counted(2, '2')).counts.unread).toBe(3);
    expect(stateAfter(counted(3, '3'), counted(4, '3')).counts.unread).toBe(4);
    expect(stateAfter(pushed(item('a'), '9'), counted(2, '2')).counts.unread).toBe(2);
  });
});

describe('the position', () => {
  it('moves with an unbroken run of pushes', () => {
    expect(stateAfter(first([], '1'), pushed(item('a'), '2'), pushed(item('b'), '3')).position).toBe('3');
  });

  it('stays when pushes may have been lost, until the changes arrived', () => {
    const broken = stateAfter(first([], '1'), { type: 'broken' }, pushed(item('a'), '5'));
    expect(broken.position).toBe('1');
    const changes = { items: [], removed: [], counts: counts(1), position: '5', more: false, reset: false };
    const mended = reduce(broken, { type: 'changes', changes, asked: broken });
    expect(mended.position).toBe('5');
    expect(reduce(mended, pushed(item('b'), '6')).position).toBe('6');
  });

  it('stays when pushes were lost again while the changes were under way', () => {
    const broken = stateAfter(first([], '1'), { type: 'broken' });
    const again = reduce(broken, { type: 'broken' });
    const changes = { items: [], removed: [], counts: counts(0), position: '3', more: false, reset: false };
    const state = reduce(again, { type: 'changes', changes, asked: broken });
    expect(reduce(state, pushed(item('b'), '6')).position).toBe('3');
  });

  it('means nothing after a reset: what the next page holds is right', () => {
    const state = stateAfter(
      pushed(item('old', 1), '9'),
      { type: 'reset' },
      {
        type: 'firstPage',
        page: page([item('a', 2)], '2'),
        asked: { ...freshly, broken: 2 },
      },
    );
    expect(shown(state)).toEqual(['a']);
    expect(state.position).toBe('2');
  });
});

describe('a snapshot', () => {
  it('is the same object while nothing that is shown changes', () => {
    const state = stateAfter(first([item('a', 1)], '1'));
    const snapshot = snapshotOf(state);
    expect(snapshotOf(reduce(state, removed(['other'], '2')), snapshot)).toBe(snapshot);
    expect(snapshotOf(reduce(state, removed(['a'], '2')), snapshot)).not.toBe(snapshot);
  });
});
