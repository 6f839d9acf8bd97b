/** The parts of an `<Inbox>` and their props. Each part can be replaced by a component with the same props. */

import type {
  Action,
  ConnectionProblem,
  ConnectionState,
  Counts,
  FeedItem,
  HubError,
  Ref,
} from '@hubbub/client';
import type { Labels } from '@hubbub/inbox/engine';
import type { ButtonHTMLAttributes, ComponentType, MouseEvent } from 'react';

export type InboxTab = 'all' | 'unread';

/** The props of every part. */
export interface PartProps {
  labels: Labels;
  /** BCP 47: the language of times; `undefined`: the browser's. */
  locale: string | undefined;
}

/** The button that opens the panel. */
export interface BellProps extends PartProps {
  counts: Counts;
  /** The unread count as displayed: `12`, `999+`; `null`: nothing unread. */
  badge: string | null;
  open: boolean;
  /** Spread these onto a `<button>`: its name, state and click handler. */
  buttonProps: ButtonHTMLAttributes<HTMLButtonElement>;
}

export interface HeaderProps extends PartProps {
  counts: Counts;
  /** Set this id on the element with the title: it labels the panel. */
  titleId: string;
  markAllRead(): void;
  /** Closes the panel; `null`: this inbox cannot be closed. */
  close: (() => void) | null;
}

/** Must render a `tablist` with a `tab` for each `InboxTab`, with the id that `tabId` returns. */
export interface TabsProps extends PartProps {
  counts: Counts;
  selected: InboxTab;
  select(tab: InboxTab): void;
  /** The id of the tab panel, for `aria-controls`. */
  panelId: string;
  tabId(tab: InboxTab): string;
}

/** The content of one list item, without its `<article>`. */
export interface ItemProps extends PartProps {
  item: FeedItem;
  /** The item's time, for example "5 minutes ago". The item is rendered again when it changes. */
  time: string;
  /** The link of the item: its action's own safe URL, or the first one of its objects; `undefined`: none. */
  href: string | undefined;
  /**
   * The `tabIndex` of the links and buttons in the item. Arrow keys move between items, and the Tab key reaches only
   * one of them. Without it, the Tab key reaches all.
   */
  tabIndex: 0 | -1;
  /**
   * The click handler of the item: calls `onSelect`, marks the item as read, and closes the bell's panel if the item
   * has a link. The browser follows the link.
   */
  select(event: MouseEvent<HTMLElement>): void;
  markRead(): void;
  markUnread(): void;
  /** Presses a button, by its id, unless one was pressed. */
  press(button: string): void;
  /** The parts to use inside an item. */
  parts: Pick<InboxParts, 'Avatar' | 'Sentence'>;
}

export interface SentenceProps extends PartProps {
  action: Action;
  /** The names are links, with this `tabIndex`. Without it they are text, for example inside another link. */
  linkTabIndex?: 0 | -1;
}

export interface AvatarProps {
  /** The first target of an action without an actor; `null`: it has neither. */
  actor: Ref | null;
}

export interface EmptyProps extends PartProps {
  tab: InboxTab;
}

export interface LoadingProps extends PartProps {
  connection: ConnectionState;
}

export interface ErrorProps extends PartProps {
  error: HubError;
  /** Repeats what failed; `null`: a retry would fail again. */
  retry: (() => void) | null;
}

export interface OfflineProps extends PartProps {
  connection: 'offline' | 'expired';
  /** The hub rejects the token, or the token function failed; `null`: neither. */
  problem: ConnectionProblem | null;
  /** Reconnects at once; `null`: a retry would fail again. */
  retry: (() => void) | null;
}

/** Shown while there are older items. They load automatically when it comes into view. */
export interface LoadMoreProps extends PartProps {
  isLoading: boolean;
  /** Why the last attempt failed. Then only `loadMore` retries. */
  error: HubError | null;
  loadMore(): void;
}

export interface InboxParts {
  Bell: ComponentType<BellProps>;
  Header: ComponentType<HeaderProps>;
  Tabs: ComponentType<TabsProps>;
  Item: ComponentType<ItemProps>;
  Sentence: ComponentType<SentenceProps>;
  Avatar: ComponentType<AvatarProps>;
  Empty: ComponentType<EmptyProps>;
  Loading: ComponentType<LoadingProps>;
  Error: ComponentType<ErrorProps>;
  Offline: ComponentType<OfflineProps>;
  LoadMore: ComponentType<LoadMoreProps>;
}
