import type { FeedItem } from '../../protocol/entities.ts';
import type { ConnectionProblem, ConnectionState } from '../src/connection.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Labels } from '../ui/labels.ts';

export type Tab = 'all' | 'unread';
export const tabs: readonly Tab[] = ['all', 'unread'];

/** A rendered item. */
export interface Row {
  item: FeedItem;
  /** Its index in the visible items. */
  index: number;
  /** Pixels above it that replace items that are not rendered. */
  gap: number;
  /** Whether it is the tab stop of the list. */
  isTabStop: boolean;
  /** Whether it arrived recently. */
  isFresh: boolean;
}

/** The read-only data of the templates. */
export interface View {
  labels: Labels;
  locale: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
  layout: 'bell' | 'page';
  tab: Tab;
  feed: FeedSnapshot;
  connection: ConnectionState;
  /** Why there is no valid token; `null`: there is one. */
  tokenProblem: ConnectionProblem | null;
  /** The loaded items of the tab. */
  visibleItems: readonly FeedItem[];
  /** Whether the tab has more to load. */
  hasMore: boolean;
  /** Whether the last attempt to load more failed. */
  loadMoreFailed: boolean;
  /** Whether the last mark failed. */
  markFailed: boolean;
  rows: readonly Row[];
  /** Pixels below the last row that replace items that are not rendered. */
  spaceBelow: number;
}

/** The actions that the templates trigger. */
export interface InboxActions {
  selectTab(tab: Tab): void;
  tabKey(event: KeyboardEvent): void;
  markAllRead(): void;
  close(): void;
  loadMore(): void;
  retry(): void;
  reconnect(): void;
}
