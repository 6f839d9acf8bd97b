import {
  type Counts,
  type Feed,
  type FeedSnapshot,
  HubError,
  type MarkAnswer,
  type PressAnswer,
} from '@hubbub/client';
import { useMemo } from 'react';
import { useHub } from './context.ts';
import { type Store, useStore } from './store.ts';

/**
 * The feed's functions. They are the same functions until the provider's hub changes. Every promise rejects with a
 * `HubError`, and with code `disconnected` if there is no hub.
 */
export interface FeedCalls {
  /** Loads the next older page, if there is one. `limit`: 1 to 100, default 20. */
  loadMore(limit?: number): Promise<void>;
  /** Loads the first page again. Rejects only without a hub; otherwise see the snapshot's `error`. */
  refresh(): Promise<void>;
  /** Marks items as read. Marks are shown immediately, and undone if the hub rejects them. */
  markRead(ids: readonly string[]): Promise<MarkAnswer>;
  /** Marks items as unread; they stay seen. */
  markUnread(ids: readonly string[]): Promise<MarkAnswer>;
  /** Marks everything up to the newest shown item as read. Later items stay unread. */
  markAllRead(): Promise<MarkAnswer>;
  /** Marks items as seen. Without ids: everything up to the newest shown item. */
  markSeen(ids?: readonly string[]): Promise<MarkAnswer>;
  /** Presses a button of an item, by their ids. Shown immediately, and undone if the application refuses it. */
  press(item: string, button: string): Promise<PressAnswer>;
}

export type FeedView = FeedSnapshot & FeedCalls;

const noCounts: Counts = Object.freeze({ unread: 0, unseen: 0, capped: false });
const noFeed: FeedSnapshot = Object.freeze({
  items: Object.freeze([]),
  counts: noCounts,
  status: 'idle',
  hasMore: false,
  error: null,
});

/** The user's feed, live, with its functions. The same object until something in it changes. */
export function useFeed(): FeedView {
  const feed = useHub()?.feed ?? null;
  const snapshot = useStore(feed, noFeed);
  const feedCalls = useMemo(() => createFeedCalls(feed), [feed]);
  return useMemo(() => ({ ...snapshot, ...feedCalls }), [snapshot, feedCalls]);
}

/** The unread and unseen counts. Rerenders only when one of them changes. */
export function useCounts(): Counts {
  const feed = useHub()?.feed ?? null;
  const counts = useMemo(() => (feed ? createCountsStore(feed) : null), [feed]);
  return useStore(counts, noCounts);
}

function createCountsStore(feed: Feed): Store<Counts> {
  let last = noCounts;
  return {
    subscribe: (listener) => feed.subscribe(listener),
    getSnapshot() {
      const { counts } = feed.getSnapshot();
      const same =
        counts.unread === last.unread && counts.unseen === last.unseen && counts.capped === last.capped;
      if (!same) last = counts;
      return last;
    },
  };
}

/** Calls the feed synchronously, so that a mark is shown before its promise is returned. */
function createFeedCalls(feed: Feed | null): FeedCalls {
  if (feed === null) {
    const rejectWithoutHub = (): Promise<never> =>
      Promise.reject(new HubError('disconnected', 'There is no hub yet', true));
    return {
      loadMore: rejectWithoutHub,
      refresh: rejectWithoutHub,
      markRead: rejectWithoutHub,
      markUnread: rejectWithoutHub,
      markAllRead: rejectWithoutHub,
      markSeen: rejectWithoutHub,
      press: rejectWithoutHub,
    };
  }
  return {
    loadMore: (limit) => feed.loadMore(limit),
    refresh: () => feed.refresh(),
    markRead: (ids) => feed.markRead(ids),
    markUnread: (ids) => feed.markUnread(ids),
    markAllRead: () => feed.markAllRead(),
    markSeen: (ids) => feed.markSeen(ids),
    press: (item, button) => feed.press(item, button),
  };
}
