import { reuseIfEqual } from '../reuse-if-equal.ts';
import { countWhile, isInInbox, isLoaded } from './entries.ts';
import { estimateCounts, itemWithMarks } from './pending-marks.ts';
import type { FeedSnapshot, FeedState } from './state.ts';

/** The public snapshot of a state. Returns `previous` if nothing changed. */
export function snapshotOf(state: FeedState, previous?: FeedSnapshot): FeedSnapshot {
  const { pending, counts, status, error, markError, cursor } = state;
  const snapshot = {
    items: itemsOf(state, previous?.items),
    counts: reuseIfEqual(pending ? estimateCounts(pending) : counts, previous?.counts),
    status,
    hasMore: cursor !== null,
    error: error ?? markError,
  };
  return reuseIfEqual(snapshot, previous);
}

function itemsOf(
  { entries, loadedDownTo, pending }: FeedState,
  previous?: FeedSnapshot['items'],
): FeedSnapshot['items'] {
  const marks = pending?.marks.filter(({ isConfirmed }) => !isConfirmed) ?? [];
  const visible = entries.slice(
    0,
    countWhile(entries, (item) => isLoaded(item, loadedDownTo)),
  );
  const items = visible.map((entry) => itemWithMarks(entry, marks)).filter(isInInbox);
  const isUnchanged =
    previous?.length === items.length && previous.every((item, index) => item === items[index]);
  return isUnchanged ? previous : items;
}
