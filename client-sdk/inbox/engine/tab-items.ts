import type { FeedItem, FeedSnapshot } from '@hubbub/client';
import { isCapped } from './badge.ts';
import { memoizeLast } from './memoize-last.ts';
import { type InboxTab, inboxTabs } from './view.ts';

/** Items per request. Unread ones may be far apart, so their pages are larger. */
const pageSizes: Record<InboxTab, number> = { all: 20, unread: 100 };

/** The items of the selected tab among the loaded ones. */
export class TabItems {
  readonly #unread = memoizeLast((items: readonly FeedItem[]) => items.filter(({ unread }) => unread));
  tab: InboxTab = 'all';

  get pageSize(): number {
    return pageSizes[this.tab];
  }

  of({ items }: FeedSnapshot): readonly FeedItem[] {
    return this.tab === 'all' ? items : this.#unread(items);
  }

  /** Whether the tab has more items to load. For unread items, the hub's count tells. */
  hasMore({ hasMore, counts, items }: FeedSnapshot): boolean {
    if (!hasMore || this.tab === 'all') return hasMore;
    return isCapped(counts) || counts.unread > this.#unread(items).length;
  }

  /** The tab that a key selects, wrapping around; `undefined`: none. */
  after(key: string, isRightToLeft: boolean): InboxTab | undefined {
    const index = inboxTabs.indexOf(this.tab);
    const step = { ArrowRight: isRightToLeft ? -1 : 1, ArrowLeft: isRightToLeft ? 1 : -1 }[key];
    if (step !== undefined) return inboxTabs.at((index + step) % inboxTabs.length);
    if (key === 'Home') return inboxTabs[0];
    return key === 'End' ? inboxTabs.at(-1) : undefined;
  }
}
