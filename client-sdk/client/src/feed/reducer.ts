/**
 * The feed's state as a pure function of events. The rules come from the protocol. For each item, and for the counts, a
 * push older than the last applied version is ignored; a push with an equal position is applied. After `changes` or a
 * page, the items down to `loadedDownTo` equal those of a fresh list.
 */
import type { Counts, FeedChanges, FeedItem, FeedPage } from '../../../../protocol/entities.ts';
import type { HubError } from '../../../common/hub-error.ts';
import {
  applyOwnMark,
  type Entry,
  isLoaded,
  mark,
  noOwnMark,
  remove,
  type SortKey,
  upsert,
} from './entries.ts';
import type { FeedEvent } from './events.ts';
import { isCausedBy, type PendingMarks } from './pending-marks.ts';
import type { FeedState } from './state.ts';
import {
  advanceVersion,
  earlierPosition,
  type Incoming,
  initialVersion,
  isNewer,
  laterPosition,
  type RequestContext,
} from './version.ts';

/** Removed ids to remember. The oldest are dropped first. */
const maxRemovedIds = 1_000;

type EventOf<T extends FeedEvent['type']> = Extract<FeedEvent, { type: T }>;

export function reduce(before: FeedState, event: FeedEvent): FeedState {
  const state = { ...before, sequence: before.sequence + 1 };
  switch (event.type) {
    case 'status':
      return { ...state, status: event.status };
    case 'failed':
      return { ...state, status: 'error', error: event.error };
    case 'gap': {
      const { from = state.position } = event;
      const countsMatchEntries = state.countsMatchEntries && event.from === undefined;
      const position = earlierPosition(state.position, from);
      return { ...state, position, countsMatchEntries, gapSequence: state.sequence, contiguous: false };
    }
    case 'reset':
      return resetPositions(state);
    case 'firstPage':
      return applyFirstPage(state, event.page, event.requestContext);
    case 'olderPage':
      return event.cursor === state.cursor
        ? applyOlderPage(state, event.page, event.requestContext)
        : setReady(state);
    case 'changes':
      return applyChanges(state, event.changes, event.requestContext);
    case 'item': {
      const next = upsertItem(state, event.push.item, event.push);
      // A response is not part of the push sequence: earlier pushes may still arrive, so the position stays.
      return event.isResponse ? next : advancePosition(next, event.push.position);
    }
    case 'removed':
      return advancePosition(removeItems(state, event.push.ids, event.push), event.push.position);
    case 'marked': {
      const { push } = event;
      const entries = mark(state.entries, push, push, state.sequence);
      return advancePosition(
        { ...state, entries, marksVersion: advanceVersion(state.marksVersion, push, state.sequence) },
        push.position,
      );
    }
    case 'mark': {
      const { id, ids, flags } = event;
      const pendingMark = {
        id,
        ids,
        flags,
        upTo: state.latestPosition,
        sequence: state.sequence,
        isConfirmed: false,
      };
      const pending = state.pending ?? { marks: [], ...pendingBase(state) };
      return { ...state, pending: { ...pending, marks: [...pending.marks, pendingMark] } };
    }
    case 'ownMark':
      return confirmOwnMark(state, event);
    case 'markFinished':
      return finishMark(state, event.id, event.error);
    case 'counts': {
      const { position, ...counts } = event.push;
      const next = updateCounts(state, counts, { position });
      return event.isResponse ? next : advancePosition(next, position);
    }
  }
}

/** Replaces the entries in the page's range. Entries that were pushed after the page stay. */
function applyFirstPage(state: FeedState, page: FeedPage, requestContext: RequestContext): FeedState {
  const incoming = { position: page.position, requestContext };
  const loadedDownTo = pageEnd(page, null);
  const listed = new Set(page.items.map((item) => item.id));
  const unlisted = state.entries.filter(({ item }) => !listed.has(item.id) && isLoaded(item, loadedDownTo));
  const withoutUnlisted = removeItems(
    state,
    unlisted.filter(({ contentVersion }) => !isNewer(contentVersion, incoming)).map(({ item }) => item.id),
    incoming,
  );
  // Older entries below the page are dropped: the next older page loads them again.
  const entries = withoutUnlisted.entries.filter(
    ({ item, contentVersion }) => isLoaded(item, loadedDownTo) || isNewer(contentVersion, incoming),
  );
  const next = withPage({ ...withoutUnlisted, entries }, page, loadedDownTo, incoming);
  return updateCounts(setSynced(next, page.position, requestContext), page.counts, incoming);
}

function applyOlderPage(state: FeedState, page: FeedPage, requestContext: RequestContext): FeedState {
  const incoming = { position: page.position, requestContext };
  return updateCounts(
    setReady(withPage(state, page, pageEnd(page, state.loadedDownTo), incoming)),
    page.counts,
    incoming,
  );
}

function withPage(
  state: FeedState,
  page: FeedPage,
  loadedDownTo: SortKey | null,
  incoming: Incoming,
): FeedState {
  let next: FeedState = { ...state, loadedDownTo, cursor: page.nextCursor };
  for (const item of page.items) next = upsertItem(next, item, incoming);
  const { length } = next.entries;
  return {
    ...next,
    pagedCount: length,
    latestPosition: laterPosition(next.latestPosition, page.position),
    markError: null,
  };
}

function applyChanges(state: FeedState, changes: FeedChanges, requestContext: RequestContext): FeedState {
  const incoming = { position: changes.position, requestContext };
  let next = removeItems(state, changes.removed, incoming);
  for (const item of changes.items) next = upsertItem(next, item, incoming);
  // If there is more, continue from here. Pushes cannot advance the position past the missing changes. The counts
  // already include those, so they are applied last.
  return changes.more
    ? { ...next, position: changes.position, lastResponseSequence: next.sequence }
    : updateCounts(setSynced(next, changes.position, requestContext), changes.counts, incoming);
}

function upsertItem(state: FeedState, item: FeedItem, incoming: Incoming): FeedState {
  const removed = state.removed.get(item.id);
  if (removed && isNewer(removed, incoming)) return state;
  const isOwnChange = (entry: Entry, next: FeedItem) => isCausedBy(state.pending?.marks ?? [], entry, next);
  return {
    ...state,
    entries: upsert(state.entries, item, incoming, state.sequence, state.syncedPosition, isOwnChange),
  };
}

function removeItems(state: FeedState, ids: readonly string[], incoming: Incoming): FeedState {
  if (ids.length === 0) return state;
  const removed = new Map(state.removed);
  for (const id of ids) {
    const version = advanceVersion(removed.get(id) ?? initialVersion, incoming, state.sequence);
    removed.delete(id);
    removed.set(id, version);
  }
  return {
    ...state,
    entries: remove(state.entries, new Set(ids), incoming),
    // Insertion order: the oldest come first.
    removed: new Map([...removed].slice(-maxRemovedIds)),
  };
}

/**
 * Counts in a response never include pending marks, because requests run one at a time. So they become the new base.
 */
function updateCounts(state: FeedState, counts: Counts, incoming: Incoming): FeedState {
  if (isNewer(state.countsVersion, incoming)) return state;
  const countsVersion = advanceVersion(state.countsVersion, incoming, state.sequence);
  const next = { ...state, counts, countsVersion, countsMatchEntries: state.contiguous };
  const { pending } = next;
  return incoming.requestContext && pending
    ? { ...next, pending: { ...pending, ...pendingBase(next) } }
    : next;
}

function confirmOwnMark(state: FeedState, event: EventOf<'ownMark'>): FeedState {
  const entries = applyOwnMark(state.entries, event.selection, event.flags, event);
  const marksVersion = advanceVersion(state.marksVersion, event, state.sequence);
  // While pushes may have been lost, the user has not been shown anything later.
  const latestPosition = state.contiguous
    ? laterPosition(state.latestPosition, event.position)
    : state.latestPosition;
  return { ...state, entries, marksVersion, latestPosition, markError: null };
}

/**
 * A confirmed mark still adjusts the estimated counts until all marks are finished. Then the hub's counts are shown.
 */
function finishMark(state: FeedState, id: number, error?: HubError): FeedState {
  const { pending } = state;
  if (!pending) return state;
  const marks = pending.marks.flatMap((mark) => {
    if (mark.id !== id) return mark;
    return error ? [] : { ...mark, isConfirmed: true };
  });
  const next = { ...state, markError: error ?? state.markError };
  return { ...next, pending: marks.every(({ isConfirmed }) => isConfirmed) ? null : { ...pending, marks } };
}

function pendingBase({
  counts,
  countsVersion,
  entries,
  countsMatchEntries,
}: FeedState): Omit<PendingMarks, 'marks'> {
  return { counts, position: countsVersion.position, entries: countsMatchEntries ? entries : [] };
}

/** A push advances `position` and `latestPosition` only while no earlier push can have been lost. */
function advancePosition(state: FeedState, position: string): FeedState {
  if (!state.contiguous) return state;
  return {
    ...state,
    position: laterPosition(state.position, position),
    latestPosition: laterPosition(state.latestPosition, position),
  };
}

/**
 * Everything up to `position` is applied. From here pushes continue, unless one was lost meanwhile. `position` may be
 * lower than before: then a change that is still being written will get a position in between.
 */
function setSynced(state: FeedState, position: string, requestContext: RequestContext): FeedState {
  return setReady({
    ...state,
    position,
    syncedPosition: position,
    latestPosition: laterPosition(state.latestPosition, position),
    contiguous: requestContext.gapSequence === state.gapSequence,
  });
}

function setReady(state: FeedState): FeedState {
  return { ...state, status: 'ready', error: null, lastResponseSequence: state.sequence };
}

function resetPositions(state: FeedState): FeedState {
  return {
    ...state,
    entries: state.entries.map((entry) => ({
      ...entry,
      contentVersion: initialVersion,
      marksVersion: initialVersion,
      ownMark: noOwnMark,
    })),
    removed: new Map(),
    countsVersion: initialVersion,
    marksVersion: initialVersion,
    position: '',
    syncedPosition: '',
    gapSequence: state.sequence,
    contiguous: false,
  };
}

/** The key of the last item: null after the last page. An empty page that is not the last one changes nothing. */
function pageEnd(page: FeedPage, before: SortKey | null): SortKey | null {
  if (page.nextCursor === null) return null;
  return page.items.at(-1) ?? before;
}
