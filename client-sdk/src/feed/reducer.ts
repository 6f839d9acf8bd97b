/**
 * The feed's state as a pure function of what happened. The rules come from the protocol: per item, and for
 * the counts, a push older than what was last applied is ignored, one of an equal position is applied; after
 * `changes` or a page, the items down to the floor are those of a fresh list.
 */
import type { Counts, FeedChanges, FeedItem, FeedPage } from '../../../protocol/entities.ts';
import type { HubError } from '../error.ts';
import { type Entry, isAbove, mark, markOwn, noOwn, type Place, remove, upsert } from './entries.ts';
import type { FeedEvent } from './events.ts';
import { isDoingOf, type Pending } from './pending.ts';
import { type Arrival, type Asked, earlier, later, never, overtakes, stamped } from './stamp.ts';
import type { FeedState } from './state.ts';

/** Removed ids remembered; the longest ago go first. */
const removedKept = 1_000;

type Of<T extends FeedEvent['type']> = Extract<FeedEvent, { type: T }>;

export function reduce(before: FeedState, event: FeedEvent): FeedState {
  const state = { ...before, turn: before.turn + 1 };
  switch (event.type) {
    case 'status':
      return { ...state, status: event.status };
    case 'failed':
      return { ...state, status: 'error', error: event.error };
    case 'broken': {
      const { from = state.position } = event;
      const isCountKnown = state.isCountKnown && event.from === undefined;
      const position = earlier(state.position, from);
      return { ...state, position, isCountKnown, broken: state.turn, unbroken: false };
    }
    case 'reset':
      return forget(state);
    case 'firstPage':
      return applyFirstPage(state, event.page, event.asked);
    case 'olderPage':
      return event.cursor === state.cursor ? applyOlderPage(state, event.page, event.asked) : ready(state);
    case 'changes':
      return applyChanges(state, event.changes, event.asked);
    case 'item':
      return pushed(put(state, event.push.item, event.push), event.push.position);
    case 'removed':
      return pushed(takeOut(state, event.push.ids, event.push), event.push.position);
    case 'marked': {
      const { push } = event;
      const entries = mark(state.entries, push, push, state.turn);
      return pushed({ ...state, entries, marked: stamped(state.marked, push, state.turn) }, push.position);
    }
    case 'mark': {
      const { id, ids, flags } = event;
      const made = { id, ids, flags, upTo: state.latest, turn: state.turn, isDone: false };
      const pending = state.pending ?? { marks: [], ...base(state) };
      return { ...state, pending: { ...pending, marks: [...pending.marks, made] } };
    }
    case 'ownMark':
      return carriedOut(state, event);
    case 'unmark':
      return unmark(state, event.id, event.error);
    case 'counts': {
      const { position, ...counts } = event.push;
      const counted = count(state, counts, { position });
      // An answer is no push of a run: others may be on their way still, so the position stays.
      return event.isAnswer ? counted : pushed(counted, position);
    }
  }
}

/** What a page says replaces what it covers; what was pushed after it stays. */
function applyFirstPage(state: FeedState, page: FeedPage, asked: Asked): FeedState {
  const arrival = { position: page.position, asked };
  const floor = floorOf(page, null);
  const listed = new Set(page.items.map((item) => item.id));
  const unlisted = state.entries.filter(({ item }) => !listed.has(item.id) && isAbove(item, floor));
  const without = takeOut(
    state,
    unlisted.filter(({ content }) => !overtakes(content, arrival)).map(({ item }) => item.id),
    arrival,
  );
  // Below the page nothing older than it need be known: an older page will bring it.
  const entries = without.entries.filter(
    ({ item, content }) => isAbove(item, floor) || overtakes(content, arrival),
  );
  const next = withPage({ ...without, entries }, page, floor, arrival);
  return count(arrived(next, page.position, asked), page.counts, arrival);
}

function applyOlderPage(state: FeedState, page: FeedPage, asked: Asked): FeedState {
  const arrival = { position: page.position, asked };
  return count(ready(withPage(state, page, floorOf(page, state.floor), arrival)), page.counts, arrival);
}

function withPage(state: FeedState, page: FeedPage, floor: Place | null, arrival: Arrival): FeedState {
  let next: FeedState = { ...state, floor, cursor: page.nextCursor };
  for (const item of page.items) next = put(next, item, arrival);
  const { length } = next.entries;
  return { ...next, paged: length, latest: later(next.latest, page.position), markError: null };
}

function applyChanges(state: FeedState, changes: FeedChanges, asked: Asked): FeedState {
  const arrival = { position: changes.position, asked };
  let next = takeOut(state, changes.removed, arrival);
  for (const item of changes.items) next = put(next, item, arrival);
  // Where there is more, go on from here; but a push cannot move the position past what is still to come. The counts have
  // that in them already.
  return changes.more
    ? { ...next, position: changes.position, answered: next.turn }
    : count(arrived(next, changes.position, asked), changes.counts, arrival);
}

function put(state: FeedState, item: FeedItem, arrival: Arrival): FeedState {
  const removed = state.removed.get(item.id);
  if (removed && overtakes(removed, arrival)) return state;
  const ownDoing = (entry: Entry, next: FeedItem) => isDoingOf(state.pending?.marks ?? [], entry, next);
  return { ...state, entries: upsert(state.entries, item, arrival, state.turn, state.covered, ownDoing) };
}

function takeOut(state: FeedState, ids: readonly string[], arrival: Arrival): FeedState {
  if (ids.length === 0) return state;
  const removed = new Map(state.removed);
  for (const id of ids) {
    const stamp = stamped(removed.get(id) ?? never, arrival, state.turn);
    removed.delete(id);
    removed.set(id, stamp);
  }
  return {
    ...state,
    entries: remove(state.entries, new Set(ids), arrival),
    // The oldest come first.
    removed: new Map([...removed].slice(-removedKept)),
  };
}

/** An answer that says counts has none of the marks under way in it, for one thing is asked at a time. */
function count(state: FeedState, counts: Counts, arrival: Arrival): FeedState {
  if (overtakes(state.counted, arrival)) return state;
  const counted = stamped(state.counted, arrival, state.turn);
  const next = { ...state, counts, counted, isCountKnown: state.unbroken };
  const { pending } = next;
  return arrival.asked && pending ? { ...next, pending: { ...pending, ...base(next) } } : next;
}

function carriedOut(state: FeedState, event: Of<'ownMark'>): FeedState {
  const entries = markOwn(state.entries, event.named, event.flags, event);
  const marked = stamped(state.marked, event, state.turn);
  // While pushes may have been lost, what the user was shown goes no further than before.
  const latest = state.unbroken ? later(state.latest, event.position) : state.latest;
  return { ...state, entries, marked, latest, markError: null };
}

/** What was carried out goes on being reckoned into the counts until all is, and the hub's own are shown again. */
function unmark(state: FeedState, id: number, error?: HubError): FeedState {
  const { pending } = state;
  if (!pending) return state;
  const marks = pending.marks.flatMap((mark) => {
    if (mark.id !== id) return mark;
    return error ? [] : { ...mark, isDone: true };
  });
  const next = { ...state, markError: error ?? state.markError };
  return { ...next, pending: marks.every(({ isDone }) => isDone) ? null : { ...pending, marks } };
}

function base({ counts, counted, entries, isCountKnown }: FeedState): Omit<Pending, 'marks'> {
  return { counts, position: counted.position, entries: isCountKnown ? entries : [] };
}

/** A push moves the position, and what the user was shown, only while none before it can have been lost. */
function pushed(state: FeedState, position: string): FeedState {
  if (!state.unbroken) return state;
  return { ...state, position: later(state.position, position), latest: later(state.latest, position) };
}

/**
 * All there was up to `position` is applied; from here pushes go on, unless one was lost meanwhile. It may be lower
 * than before: then a change is being written that will have a position in between.
 */
function arrived(state: FeedState, position: string, asked: Asked): FeedState {
  return ready({
    ...state,
    position,
    covered: position,
    latest: later(state.latest, position),
    unbroken: asked.broken === state.broken,
  });
}

function ready(state: FeedState): FeedState {
  return { ...state, status: 'ready', error: null, answered: state.turn };
}

function forget(state: FeedState): FeedState {
  return {
    ...state,
    entries: state.entries.map((entry) => ({ ...entry, content: never, marks: never, own: noOwn })),
    removed: new Map(),
    counted: never,
    marked: never,
    position: '',
    covered: '',
    broken: state.turn,
    unbroken: false,
  };
}

/** An empty page that is not the last one moves nothing. */
function floorOf(page: FeedPage, before: Place | null): Place | null {
  if (page.nextCursor === null) return null;
  return page.items.at(-1) ?? before;
}
