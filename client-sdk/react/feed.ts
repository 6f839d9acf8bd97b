import { useMemo } from 'react';
import type { Counts, MarkAnswer } from '../../protocol/entities.ts';
import { HubError } from '../src/error.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Feed } from '../src/feed/store.ts';
import { useHub } from './context.ts';
import { type Store, useStore } from './store.ts';

/**
 * What the feed's functions do. They stay the same until the provider has another hub. Every promise rejects with a
 * `HubError`; without a hub with `disconnected`.
 */
export interface FeedCalls {
  /** Adds the next older page, if there is one. `limit`: 1 to 100, default 20. */
  loadMore(limit?: number): Promise<void>;
  /** Asks for the first page again. Rejects only without a hub: see the snapshot's `error`. */
  refresh(): Promise<void>;
  /** Marks show at once and are taken back where the hub refuses. */
  markRead(ids: readonly string[]): Promise<MarkAnswer>;
  markUnread(ids: readonly string[]): Promise<MarkAnswer>;
  /** Everything up to what is shown; what arrives meanwhile stays unread. */
  markAllRead(): Promise<MarkAnswer>;
  /** Without ids: everything up to what is shown. */
  markSeen(ids?: readonly string[]): Promise<MarkAnswer>;
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

/** The user's inbox, live, and what can be done with it. The same object until something in it changes. */
export function useFeed(): FeedView {
  const feed = useHub()?.feed ?? null;
  const snapshot = useStore(feed, noFeed);
  const calls = useMemo(() => callsOf(feed), [feed]);
  return useMemo(() => ({ ...snapshot, ...calls }), [snapshot, calls]);
}

/** Unread and unseen: renders only when one of them changes. */
export function useCounts(): Counts {
  const feed = useHub()?.feed ?? null;
  const counts = useMemo(() => (feed ? countsOf(feed) : null), [feed]);
  return useStore(counts, noCounts);
}

function countsOf(feed: Feed): Store<Counts> {
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

/** At once, not a task later: a mark shows before the promise is there. */
function callsOf(feed: Feed | null): FeedCalls {
  if (feed === null) {
    const refuse = (): Promise<never> =>
      Promise.reject(new HubError('disconnected', 'There is no hub yet', true));
    return {
      loadMore: refuse,
      refresh: refuse,
      markRead: refuse,
      markUnread: refuse,
      markAllRead: refuse,
      markSeen: refuse,
    };
  }
  return {
    loadMore: (limit) => feed.loadMore(limit),
    refresh: () => feed.refresh(),
    markRead: (ids) => feed.markRead(ids),
    markUnread: (ids) => feed.markUnread(ids),
    markAllRead: () => feed.markAllRead(),
    markSeen: (ids) => feed.markSeen(ids),
  };
}
