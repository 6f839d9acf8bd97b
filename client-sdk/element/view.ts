import type { FeedItem } from '../../protocol/entities.ts';
import type { ConnectionProblem, ConnectionState } from '../src/connection.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Labels } from '../ui/labels.ts';

export type Tab = 'all' | 'unread';
export const tabs: readonly Tab[] = ['all', 'unread'];

/** One item that is in the document. */
export interface Row {
  item: FeedItem;
  /** Its place among those shown. */
  index: number;
  /** Pixels above it that stand for items which are not in the document. */
  gap: number;
  /** Whether the tab key leads to it. */
  stop: boolean;
  /** Whether it has just arrived. */
  fresh: boolean;
}

/** Everything the templates draw, and nothing they could change. */
export interface View {
  labels: Labels;
  locale: string | undefined;
  /** Milliseconds since 1970. */
  now: number;
  layout: 'bell' | 'page';
  tab: Tab;
  feed: FeedSnapshot;
  connection: ConnectionState;
  /** Why there is no token that the hub takes; `null`: there is one. */
  tokenProblem: ConnectionProblem | null;
  /** Those of the tab, loaded. */
  shown: readonly FeedItem[];
  /** Whether the tab has more to load. */
  more: boolean;
  /** The last attempt to load more failed. */
  moreFailed: boolean;
  /** The last mark was refused. */
  markFailed: boolean;
  rows: readonly Row[];
  /** Pixels below the last row that stand for items which are not in the document. */
  below: number;
}

/** What the templates ask for. */
export interface Deeds {
  select(tab: Tab): void;
  tabKey(event: KeyboardEvent): void;
  readAll(): void;
  close(): void;
  more(): void;
  retry(): void;
  connect(): void;
}
