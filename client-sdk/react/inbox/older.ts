import { useCallback } from 'react';
import { isCapped } from '../../ui/badge.ts';
import type { FeedView } from '../feed.ts';
import type { InboxTab } from './parts.ts';

/** Items asked for at once: the unread ones may lie far apart. */
const pages: Record<InboxTab, number> = { all: 20, unread: 100 };

export interface Older {
  /** Whether loading brings more of what the tab shows: of unread items only as many as the hub counts. */
  hasMore: boolean;
  load(): void;
}

/** The items after those a tab shows. `shown`: how many these are. */
export function useOlder({ hasMore, counts, loadMore }: FeedView, tab: InboxTab, shown: number): Older {
  // The snapshot shows where it fails.
  const load = useCallback(() => void loadMore(pages[tab]).catch(() => undefined), [loadMore, tab]);
  return {
    hasMore: hasMore && (tab === 'all' || isCapped(counts) || counts.unread > shown),
    load,
  };
}
