import type { Counts } from '../../../protocol/entities.ts';
import { placeOf } from './entries.ts';
import { shownCounts, shownItem } from './pending.ts';
import type { FeedSnapshot, FeedState } from './state.ts';

/** What is shown of a state; `previous` itself where that is the same. */
export function snapshotOf(state: FeedState, previous?: FeedSnapshot): FeedSnapshot {
  const items = itemsOf(state, previous?.items);
  const counts = countsOf(state, previous?.counts);
  const { status } = state;
  const error = state.error ?? state.markError;
  const hasMore = state.cursor !== null;
  const same =
    previous &&
    items === previous.items &&
    counts === previous.counts &&
    status === previous.status &&
    error === previous.error &&
    hasMore === previous.hasMore;
  return same ? previous : Object.freeze({ items, counts, status, hasMore, error });
}

function itemsOf(
  { entries, floor, pending }: FeedState,
  previous?: FeedSnapshot['items'],
): FeedSnapshot['items'] {
  let end = floor === null ? entries.length : placeOf(entries, floor);
  if (floor !== null && entries[end]?.item.id === floor.id && entries[end]?.item.at === floor.at) end += 1;
  const items = entries
    .slice(0, end)
    .map((entry) => (pending ? shownItem(entry, pending.marks) : entry.item));
  const same = previous?.length === items.length && previous.every((item, index) => item === items[index]);
  return same ? previous : items;
}

function countsOf({ counts, counted, pending }: FeedState, previous?: Counts): Counts {
  const shown = pending ? shownCounts(counts, counted.position, pending) : counts;
  const same =
    previous?.unread === shown.unread && previous.unseen === shown.unseen && previous.capped === shown.capped;
  return same ? previous : shown;
}
