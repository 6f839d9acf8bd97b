/**
 * The feed's state as a pure function of what happened. The rules come from the protocol: per item, and for
 * the counts, what is older than what was last applied is ignored, equal positions are applied; after
 * `changes` or a page, the items down to the floor are those of a fresh list.
 */
import type { Counts, FeedPage } from '../../../protocol/entities.ts';
import { isAbove, mark, remove, upsert } from './entries.ts';
import type { FeedEvent } from './events.ts';
import type { Entry, FeedState, Place } from './state.ts';

/** Removed ids remembered; the longest ago go first. */
const removedKept = 1_000;

export function reduce(state: FeedState, event: FeedEvent): FeedState {
  switch (event.type) {
    case 'loading':
      return { ...state, status: 'loading' };
    case 'loadingMore':
      return { ...state, status: 'loadingMore' };
    case 'failed':
      return { ...state, status: 'error', error: event.error };
    case 'broken':
      return { ...state, breaks: state.breaks + 1, unbroken: false };
    case 'reset':
      return forget(state);
    case 'firstPage':
      return arrived(applyFirstPage(state, event.page), event.page.position, event.breaks);
    case 'olderPage':
      return event.cursor === state.cursor ? applyOlderPage(state, event.page) : ready(state);
    case 'changes':
      return applyChanges(state, event);
    case 'item':
      return pushed(put(state, event.push.item, event.push.position), event.push.position);
    case 'removed':
      return pushed(takeOut(state, event.push.ids, event.push.position), event.push.position);
    case 'marked': {
      const { push, upTo } = event;
      const markedPosition = later(state.markedPosition, push.position);
      return pushed(
        { ...state, entries: mark(state.entries, push, upTo), markedPosition },
        // Our own mark's answer is no push of a run: others may be on their way still.
        upTo === undefined ? push.position : '',
        push.position,
      );
    }
    case 'counts': {
      const { position, ...counts } = event.push;
      return pushed(count(state, counts, position), position);
    }
  }
}

/** What a page says replaces what it covers; what was pushed after it stays. */
function applyFirstPage(state: FeedState, page: FeedPage): FeedState {
  const floor = floorOf(page, null);
  const listed = new Set(page.items.map((item) => item.id));
  const gone = state.entries.filter(
    ({ item, position }) => position <= page.position && !listed.has(item.id) && isAbove(item, floor),
  );
  const newer = state.entries.filter(({ position }) => position > page.position);
  const removed = rememberRemoved(
    state.removed,
    gone.map(({ item }) => item.id),
    page.position,
  );
  return withPage({ ...state, entries: newer, removed }, page, floor);
}

function applyOlderPage(state: FeedState, page: FeedPage): FeedState {
  return ready(withPage(state, page, floorOf(page, state.floor)));
}

function withPage(state: FeedState, page: FeedPage, floor: Place | null): FeedState {
  let next: FeedState = { ...state, floor, cursor: page.nextCursor };
  for (const item of page.items) next = put(next, item, page.position);
  next = count(next, page.counts, page.position);
  return { ...next, paged: next.entries.length, latest: later(next.latest, page.position) };
}

function applyChanges(state: FeedState, event: FeedEvent & { type: 'changes' }): FeedState {
  const { changes, breaks } = event;
  let next = takeOut(state, changes.removed, changes.position);
  for (const item of changes.items) next = put(next, item, changes.position);
  next = count(next, changes.counts, changes.position);
  if (changes.more) {
    // Not there yet: go on from here, but a push cannot move the position past what is still to come.
    return { ...next, position: later(next.position, changes.position) };
  }
  return arrived(next, changes.position, breaks);
}

function put(state: FeedState, item: FeedPage['items'][number], position: string): FeedState {
  const removedAt = state.removed.get(item.id);
  if (removedAt !== undefined && removedAt > position) return state;
  return { ...state, entries: upsert(state.entries, item, position) };
}

function takeOut(state: FeedState, ids: readonly string[], position: string): FeedState {
  if (ids.length === 0) return state;
  return {
    ...state,
    entries: remove(state.entries, new Set(ids), position),
    removed: rememberRemoved(state.removed, ids, position),
  };
}

function rememberRemoved(
  removed: ReadonlyMap<string, string>,
  ids: readonly string[],
  position: string,
): ReadonlyMap<string, string> {
  if (ids.length === 0) return removed;
  const next = new Map(removed);
  for (const id of ids) {
    const known = next.get(id) ?? '';
    next.delete(id);
    next.set(id, later(known, position));
  }
  for (const id of next.keys()) {
    if (next.size <= removedKept) break;
    next.delete(id);
  }
  return next;
}

function count(state: FeedState, { unread, unseen, capped }: Counts, position: string): FeedState {
  if (position < state.countsPosition) return state;
  const counts = { unread: Math.max(0, unread), unseen: Math.max(0, unseen), capped };
  const same =
    counts.unread === state.counts.unread &&
    counts.unseen === state.counts.unseen &&
    counts.capped === state.counts.capped;
  return { ...state, counts: same ? state.counts : counts, countsPosition: position };
}

/** A push moves the position only while none before it can have been lost. */
function pushed(state: FeedState, runPosition: string, position = runPosition): FeedState {
  return {
    ...state,
    position: state.unbroken ? later(state.position, runPosition) : state.position,
    latest: later(state.latest, position),
  };
}

/** All there was up to `position` is applied; from here pushes go on, unless one was lost meanwhile. */
function arrived(state: FeedState, position: string, breaks: number): FeedState {
  return ready({
    ...state,
    position: later(state.position, position),
    latest: later(state.latest, position),
    unbroken: breaks === state.breaks,
  });
}

function ready(state: FeedState): FeedState {
  return { ...state, status: 'ready', error: null };
}

function forget(state: FeedState): FeedState {
  return {
    ...state,
    entries: state.entries.map(({ item }): Entry => ({ item, position: '' })),
    removed: new Map(),
    countsPosition: '',
    position: '',
    latest: '',
    markedPosition: '',
    breaks: state.breaks + 1,
    unbroken: false,
  };
}

/** An empty page that is not the last one moves nothing. */
function floorOf(page: FeedPage, before: Place | null): Place | null {
  if (page.nextCursor === null) return null;
  const last = page.items.at(-1);
  return last ? { at: last.at, id: last.id } : before;
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}
