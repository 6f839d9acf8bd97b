import { kept } from '../kept.ts';
import { countWhile, isAbove } from './entries.ts';
import { shownCounts, shownItem } from './pending.ts';
import type { FeedSnapshot, FeedState } from './state.ts';

/** What is shown of a state; `previous` itself where that is the same. */
export function snapshotOf(state: FeedState, previous?: FeedSnapshot): FeedSnapshot {
  const { pending, counts, status, error, markError, cursor } = state;
  const snapshot = {
    items: itemsOf(state, previous?.items),
    counts: kept(pending ? shownCounts(pending) : counts, previous?.counts),
    status,
    hasMore: cursor !== null,
    error: error ?? markError,
  };
  return kept(snapshot, previous);
}

function itemsOf(
  { entries, floor, pending }: FeedState,
  previous?: FeedSnapshot['items'],
): FeedSnapshot['items'] {
  const marks = pending?.marks.filter(({ isDone }) => !isDone) ?? [];
  const shown = entries.slice(
    0,
    countWhile(entries, (item) => isAbove(item, floor)),
  );
  const items = shown.map((entry) => shownItem(entry, marks));
  const isSame = previous?.length === items.length && previous.every((item, index) => item === items[index]);
  return isSame ? previous : items;
}
