import type { ConnectionProblem, ConnectionState, Counts, FeedItem, HubError } from '@hubbub/client';

export type InboxTab = 'all' | 'unread';
export const inboxTabs: readonly InboxTab[] = ['all', 'unread'];

/** What the engine must know about the inbox that renders it. */
export interface InboxInput {
  /** `bell`: a bell with a panel; `page`: the list in the flow of the page. */
  layout: 'bell' | 'page';
  /** Whether the bell's panel is open. */
  isOpen: boolean;
  /** Whether a hub will follow while there is none. The inbox then shows that it is loading, otherwise that it is empty. */
  awaitsHub: boolean;
}

/** A rendered item. */
export interface Row {
  item: FeedItem;
  /** Its index in the tab's items. */
  index: number;
  /** Pixels above it that replace items that are not rendered. */
  gap: number;
  /** Whether it is the tab stop of the list. */
  isTabStop: boolean;
  /** Whether it arrived recently. */
  isNew: boolean;
}

/** A failed request of the user, or a failed attempt to load. */
export interface Problem {
  error: HubError;
  /** Repeats the request; `null`: it would fail again. */
  retry: (() => void) | null;
}

/** Why nothing new arrives. */
export interface Disconnection {
  connection: 'connecting' | 'offline' | 'expired';
  /** The hub rejects the token, or there is none; `null`: neither. */
  problem: ConnectionProblem | null;
}

/** The end of the list, if there are older items. */
export interface ListEnd {
  isLoading: boolean;
  /** Why the last attempt failed. Then only a click retries. */
  error: HubError | null;
}

export interface Announcement {
  /** How many items arrived. */
  count: number;
  newest: FeedItem;
}

/** Everything that an inbox renders. Immutable: the same object until something in it changes. */
export interface InboxView {
  /** Milliseconds since 1970, for relative times. */
  now: number;
  tab: InboxTab;
  counts: Counts;
  /** The unread count as displayed: `12`, `999+`; `null`: nothing unread. */
  badge: string | null;
  connection: ConnectionState;
  rows: readonly Row[];
  /** Pixels below the last row that replace items that are not rendered. */
  spaceBelow: number;
  /** The number of items; -1 while there are older ones to load. */
  setSize: number;
  isBusy: boolean;
  disconnection: Disconnection | null;
  problem: Problem | null;
  /** Whether placeholders replace the list. */
  isLoading: boolean;
  isEmpty: boolean;
  end: ListEnd | null;
  announcement: Announcement | null;
}
