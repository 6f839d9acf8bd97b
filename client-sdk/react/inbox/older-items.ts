import { useCallback, useState } from 'react';
import { HubError } from '../../src/error.ts';
import { isCapped } from '../../ui/badge.ts';
import type { FeedView } from '../feed.ts';
import type { InboxTab } from './parts.ts';

/** Items per request. Unread ones may be far apart, so their pages are larger. */
const pageSizes: Record<InboxTab, number> = { all: 20, unread: 100 };

export interface OlderItems {
  /** Whether the tab has more items to load. For unread items, the hub's count tells. */
  hasMore: boolean;
  /** Whether loading older items failed, also during a retry. */
  hasFailed: boolean;
  /** Why it failed, until the next attempt. */
  error: HubError | null;
  load(): void;
}

/** Loads the older items of a tab. `shownCount`: the number of items shown; `failure`: why loading the feed failed. */
export function useOlderItems(
  { hasMore, counts, status, loadMore }: FeedView,
  tab: InboxTab,
  shownCount: number,
  failure: HubError | null,
): OlderItems {
  // A failure is in the snapshot and also rejects the promise, as the same object.
  const [loadError, setLoadError] = useState<HubError | null>(null);
  const load = useCallback(
    () => void loadMore(pageSizes[tab]).catch((thrown: unknown) => setLoadError(HubError.from(thrown))),
    [loadMore, tab],
  );
  const hasFailed = failure !== null && failure === loadError;
  return {
    hasMore: hasMore && (tab === 'all' || isCapped(counts) || counts.unread > shownCount),
    hasFailed,
    error: hasFailed && status === 'error' ? failure : null,
    load,
  };
}
