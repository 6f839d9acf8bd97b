import { useCallback, useState } from 'react';
import { HubError } from '../../src/error.ts';
import { isCapped } from '../../ui/badge.ts';
import type { FeedView } from '../feed.ts';
import type { InboxTab } from './parts.ts';

/** Items asked for at once: the unread ones may lie far apart. */
const pages: Record<InboxTab, number> = { all: 20, unread: 100 };

export interface Older {
  /** Whether loading brings more of what the tab shows: of unread items only as many as the hub counts. */
  hasMore: boolean;
  /** Whether it is this that failed, while it is tried again as well. */
  hasFailed: boolean;
  /** Why, until it is tried again. */
  error: HubError | null;
  load(): void;
}

/** The items after those a tab shows. `shown`: how many these are; `failure`: why the feed could not be loaded. */
export function useOlder(
  { hasMore, counts, status, loadMore }: FeedView,
  tab: InboxTab,
  shown: number,
  failure: HubError | null,
): Older {
  // A failure is in the snapshot and rejects the promise: it is the same object.
  const [refusal, setRefusal] = useState<HubError | null>(null);
  const load = useCallback(
    () => void loadMore(pages[tab]).catch((thrown: unknown) => setRefusal(HubError.from(thrown))),
    [loadMore, tab],
  );
  const hasFailed = failure !== null && failure === refusal;
  return {
    hasMore: hasMore && (tab === 'all' || isCapped(counts) || counts.unread > shown),
    hasFailed,
    error: hasFailed && status === 'error' ? failure : null,
    load,
  };
}
