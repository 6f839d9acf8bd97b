import { isAbove } from './entries.ts';
import type { FeedSnapshot, FeedState } from './state.ts';

/** What is shown of a state; `previous` itself where that is the same. */
export function snapshotOf(state: FeedState, previous?: FeedSnapshot): FeedSnapshot {
  const shown = state.entries.filter(({ item }) => isAbove(item, state.floor)).map(({ item }) => item);
  const items =
    previous &&
    previous.items.length === shown.length &&
    shown.every((item, index) => item === previous.items[index])
      ? previous.items
      : shown;
  const hasMore = state.cursor !== null;
  const same =
    previous &&
    items === previous.items &&
    state.counts === previous.counts &&
    state.status === previous.status &&
    state.error === previous.error &&
    hasMore === previous.hasMore;
  if (same) return previous;
  return Object.freeze({
    items,
    counts: state.counts,
    status: state.status,
    hasMore,
    error: state.error,
  });
}
